// The files under deploy/, each checked by the tool that it is for, where that is installed, and against what the server really has.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Registry } from 'prom-client';
import { afterAll, expect, test, type TestContext } from 'vitest';
import { systemClock } from '#lib/clock.ts';
import { createOutboxMetrics } from '#outbox/metrics.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { createCertificate } from '../support/certificate.ts';
import { boot } from '../support/harness.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'carillon-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = [process.env['PATH'], '/usr/sbin', `${process.env['HOME']}/go/bin`].join(delimiter);
const env = { ...process.env, PATH: path };
const read = (file: string): string => readFileSync(file, 'utf8');

const alerts = Array.from(
  read('deploy/prometheus/alerts.yml').matchAll(/alert: (\w+)/g),
  ([, name = '']) => name,
);

/** What the tool prints, on both outputs. Skips the test when it is not installed. */
async function check({ skip }: TestContext, tool: string, args: readonly string[]): Promise<string> {
  if (!path.split(delimiter).some((one) => existsSync(join(one, tool)))) skip(`${tool} is not installed`);
  const { stdout, stderr } = await run(tool, args, { env });
  return stdout + stderr;
}

test('promtool: the alert rules are right, fire when they should, and stay quiet otherwise', async (context) => {
  expect(await check(context, 'promtool', ['check', 'rules', 'deploy/prometheus/alerts.yml'])).toContain(
    `${alerts.length} rules`,
  );
  expect(await check(context, 'promtool', ['test', 'rules', 'deploy/prometheus/alerts.test.yml'])).toMatch(
    /SUCCESS/,
  );
  await check(context, 'promtool', ['check', 'config', 'deploy/prometheus/scrape.yml']);
});

test.for(['sqlite', 'postgres', 'partitions'] as const)(
  'promtool: no alert fires for what a server that is well says of itself, on %s',
  async (kind, context) => {
    const harness = await boot({}, {}, kind);
    const { body } = await harness.engine.http.inject('/metrics');
    await harness.close();
    const labels = 'job="carillon", instance="a"';
    // Each sample as it is for ten hours.
    const series = body.split('\n').flatMap((line) => {
      const [, name, own = '', value] =
        /^((?:carillon|process)_[a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) return [];
      // The disk of this machine may be full.
      const shown = name === 'carillon_disk_free_bytes' ? 5e10 : value;
      return [{ series: `${name}{${labels}, ${own}}`, values: `${shown}x600` }];
    });
    expect(series.length).toBeGreaterThan(60);
    const tests = [
      {
        interval: '1m',
        input_series: [{ series: `up{${labels}}`, values: '1x600' }, ...series],
        alert_rule_test: alerts.map((alertname) => ({ eval_time: '10h', alertname })),
      },
    ];
    const file = join(folder, `${kind}.yml`);
    const rules = resolve('deploy/prometheus/alerts.yml');
    writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
    expect(await check(context, 'promtool', ['test', 'rules', file])).toMatch(/SUCCESS/);
  },
);

test('the rules and the dashboard ask for metrics that the server has', async () => {
  const harness = await boot();
  const { body } = await harness.engine.http.inject('/metrics');
  await harness.close();
  // A server has these when it publishes an outbox.
  const outbox = new Registry();
  createOutboxMetrics(outbox, systemClock);
  const text = body + (await outbox.metrics());
  const families = new Set(Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name));
  const asked = `${read('deploy/prometheus/alerts.yml')}${read('deploy/grafana/carillon.json')}`;
  const names = new Set(asked.match(/\b(carillon|process)_[a-z_]+\b(?=[{[\s)])/g));
  expect(names.size).toBeGreaterThan(15);
  for (const name of names) expect(families).toContain(name.replace(/_bucket$/, ''));
});

test('each alert has a test that it fires, and a paragraph in the runbook', () => {
  const runbook = read('docs/runbook.md');
  const tested = read('deploy/prometheus/alerts.test.yml');
  expect(alerts.length).toBeGreaterThan(15);
  for (const alert of alerts) {
    expect(runbook).toContain(`\n## ${alert}\n`);
    expect(tested).toContain(`docs/runbook.md#${alert.toLowerCase()}`);
  }
});

test('the dashboard is one that Grafana reads: panels with their own ids and places', () => {
  const { panels } = JSON.parse(read('deploy/grafana/carillon.json'));
  expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length);
  const places = panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x} ${y}`);
  expect(new Set(places).size).toBe(panels.length);
});

test('systemd-analyze: the unit is right, and exposes little', async (context) => {
  const unit = 'deploy/systemd/carillon.service';
  const node = '/usr/bin/node';
  if (existsSync(node)) await check(context, 'systemd-analyze', ['verify', '--man=no', unit]);
  const report = await check(context, 'systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
  expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1])).toBeLessThan(3);
});

test.for(['deploy/caddy/Caddyfile', 'deploy/compose/Caddyfile'])(
  'caddy: %s is valid',
  async (file, context) => {
    await check(context, 'caddy', ['validate', '--adapter', 'caddyfile', '--config', file]);
  },
);

test('nginx: the sample is valid', async (context) => {
  const { cert, key } = createCertificate({ names: ['webhooks.example.com'] });
  mkdirSync(join(folder, 'nginx'));
  const place = (name: string, text: string): string => {
    const file = join(folder, 'nginx', name);
    writeFileSync(file, text);
    return file;
  };
  const sample = read('deploy/nginx/carillon.conf')
    .replace('/etc/ssl/carillon/fullchain.pem', place('cert.pem', cert))
    .replace('/etc/ssl/carillon/privkey.pem', place('key.pem', key));
  const whole = `pid ${folder}/nginx/pid; error_log stderr; events {} http { access_log off; ${sample} }`;
  const printed = await check(context, 'nginx', ['-t', '-c', place('nginx.conf', whole)]);
  expect(printed).toMatch(/test is successful/);
});

test('helm: the chart is right on SQLite and on Postgres', async (context) => {
  const chart = 'deploy/helm/carillon';
  await check(context, 'helm', ['lint', '--strict', chart]);
  // A helm that is built from source takes an old Kubernetes for that of the cluster.
  const render = (...more: readonly string[]): Promise<string> =>
    check(context, 'helm', ['template', 'bell', chart, '--kube-version', '1.31.0', ...more]);
  const onSqlite = await render();
  expect(onSqlite).toMatch(/kind: StatefulSet/);
  expect(onSqlite).toMatch(new RegExp(`image: "carillon:${packageJson.version}"`));
  const values = [
    'database=postgres',
    'existingSecret=keys',
    'ingress.enabled=true',
    'serviceMonitor.enabled=true',
  ];
  const set = values.flatMap((value) => ['--set', value]);
  const onPostgres = await render(...set);
  const kinds = Map.groupBy(onPostgres.matchAll(/^kind: (\w+)$/gm), ([, kind]) => kind);
  const counts = Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
  expect(counts).toEqual({
    Deployment: 2,
    Ingress: 1,
    NetworkPolicy: 2,
    PodDisruptionBudget: 2,
    PodMonitor: 1,
    Service: 1,
  });
  const keys = ['initContainers[0].name=unseal', 'volumes[0].name=keys', 'volumeMounts[0].name=keys'];
  const withKeys = await render(...set, ...keys.flatMap((value) => ['--set', value]));
  expect(withKeys.match(/name: (unseal|keys)$/gm)).toHaveLength(6);
  // The API pods alone are asked by clients; a stop takes all that it may take.
  expect(onPostgres.match(/preStop: /g)).toHaveLength(1);
  expect(onPostgres).toMatch(/terminationGracePeriodSeconds: 40/);
  await expect(render('--set', 'database=postgres')).rejects.toThrow(/existingSecret with DATABASE_URL/);
});
