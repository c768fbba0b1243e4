import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Endpoint } from '#contract/endpoints.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Skeleton } from '#web/components/feedback.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { bodyOf, SecretField } from '#web/components/secret-field.tsx';
import { Panel } from '#web/components/page.tsx';
import { TenantSecret } from '#web/components/tenant-secret.tsx';
import { Countdown, ExactTime } from '#web/components/time.tsx';
import { fieldsOf } from '#web/lib/api.ts';
import { defaultsOf } from '#web/lib/dialects.ts';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { useEndpoint, useRotateSecret } from './api.ts';
import { RevealSecret } from './reveal-secret.tsx';
import { PublicKey, publicKeyOf, SecretOnce } from './secret-once.tsx';

const overlaps = [
  ['0', 'ends at once'],
  ['3600', 'signs for 1 hour more'],
  ['86400', 'signs for 24 hours more'],
  ['604800', 'signs for 7 days more'],
  ['2592000', 'signs for 30 days more'],
] as const;

export function Secret() {
  const tenant = useTenant();
  const { mode } = useScope();
  const dialect = useDialect();
  if (dialect === undefined) return <Skeleton rows={3} />;
  const isOfTenant = defaultsOf(dialect)?.secretOwner === 'tenant';
  return (
    <Allowed scope="secrets" otherwise={<p>Your key does not allow to show or rotate secrets.</p>}>
      {isOfTenant ? <TenantSecret key={mode} tenant={tenant} /> : <OwnSecret />}
    </Allowed>
  );
}

function OwnSecret() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id/secret' });
  const params = { tenant: useTenant(), id };
  const [seconds, setSeconds] = useState('86400');
  const [own, setOwn] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [rotatedEnd, setRotatedEnd] = useState<string | null>(null);
  const rotate = useRotateSecret();
  const { data: endpoint } = useEndpoint(id);
  const oldEndsAt = endpoint?.previousSecretEndsAt ?? rotatedEnd;
  const start = (): void => {
    rotate.mutate(
      {
        params,
        body: { overlapSeconds: Number(seconds), ...bodyOf(own) },
      },
      {
        onSuccess: () => {
          setOwn('');
          setRotatedEnd(new Date(Date.now() + Number(seconds) * 1000).toISOString());
        },
        onSettled: () => setAsking(false),
      },
    );
  };
  return (
    <Panel title="Signing secret">
      <div className="max-w-xl space-y-4 p-3">
        <div role="status">
          {rotate.data === undefined ? (
            <Current endpoint={endpoint} id={id} />
          ) : (
            <SecretOnce secret={rotate.data.secret} endpoint={endpoint} />
          )}
        </div>
        {oldEndsAt !== null && <OldSecret endsAt={oldEndsAt} />}
        <p className="text-muted">
          Who sees the secret is noted in the audit log. Rotating makes a new one. During the overlap both
          sign each delivery, where the dialect can carry two signatures, so that the receiver can change at
          any time.
        </p>
        <Field label="The old secret">
          {(field) => (
            <Select {...field} value={seconds} onChange={setSeconds}>
              {overlaps.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <SecretField
          label="New secret (optional)"
          value={own}
          onChange={setOwn}
          error={fieldsOf(rotate.error)['secret'] ?? rotate.error?.message}
        />
        <Button look="danger" onClick={() => setAsking(true)}>
          Rotate secret
        </Button>
      </div>
      {isAsking && (
        <Confirm
          title="Rotate the secret?"
          verb="Rotate secret"
          isBusy={rotate.isPending}
          error={null}
          onConfirm={start}
          onClose={() => setAsking(false)}
        >
          <p>The receiver must know the new secret before the old one ends, or it rejects what it gets.</p>
        </Confirm>
      )}
    </Panel>
  );
}

interface CurrentProps {
  readonly id: string;
  readonly endpoint: Endpoint | undefined;
}

function Current({ id, endpoint }: CurrentProps) {
  const key = publicKeyOf(endpoint);
  return key === undefined ? <RevealSecret id={id} /> : <PublicKey text={key} />;
}

/** Beside the new secret, until it ends. */
function OldSecret({ endsAt }: { readonly endsAt: string }) {
  return (
    <div className="space-y-1 rounded-md border border-line p-2">
      <p className="flex flex-wrap justify-between gap-2">
        <span className="font-mono">old: ••••••••••••••••</span>
        <span>
          left: <Countdown at={endsAt} end="none, it has ended" />
        </span>
      </p>
      <p className="text-muted">
        The old secret signs too, until <ExactTime at={endsAt} />.
      </p>
    </div>
  );
}
