{{/* What all objects of one role have in common. `.` is (dict "root" $ "role" "all"|"api"|"worker"). */}}
{{- define "carillon.labels" -}}
app.kubernetes.io/name: carillon
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "carillon.metadata" -}}
name: {{ .root.Release.Name }}-{{ .role }}
labels:
  {{- include "carillon.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "carillon.pod" -}}
metadata:
  labels:
    {{- include "carillon.labels" . | nindent 4 }}
spec:
  terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
  automountServiceAccountToken: false
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile: { type: RuntimeDefault }
  {{- with .root.Values.initContainers }}
  initContainers: {{ toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: carillon
      image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      env:
        - { name: CARILLON_ROLE, value: {{ .role }} }
        {{- range $name, $value := .root.Values.environment }}
        - { name: {{ $name }}, value: {{ $value | quote }} }
        {{- end }}
      {{- with .root.Values.existingSecret }}
      envFrom:
        - secretRef: { name: {{ . }} }
      {{- end }}
      ports:
        - { name: http, containerPort: 8480 }
      # Ready when the database can be used; alive while the process answers, also when the database is away.
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 3
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # A start waits for Postgres, and checks a large SQLite file after a crash.
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 5
        failureThreshold: 60
      resources: {{ toYaml .root.Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      {{- if ne .role "worker" }}
      # While the endpoints of the service still name this pod, it goes on answering.
      lifecycle:
        preStop: { exec: { command: [sleep, {{ .root.Values.preStopSeconds | quote }}] } }
      {{- end }}
      {{- if or (eq .role "all") .root.Values.volumeMounts }}
      volumeMounts:
        {{- if eq .role "all" }}
        - { name: data, mountPath: /data }
        {{- end }}
        {{- with .root.Values.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
  {{- with .root.Values.volumes }}
  volumes: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The role that answers requests. */}}
{{- define "carillon.front" -}}
{{ if eq .Values.database "postgres" }}api{{ else }}all{{ end }}
{{- end }}
