// The metrics, by the rules that promtool checks: names, types, units and help.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let harness: Harness;
let receiver: Receiver;

beforeEach(async () => {
  harness = await boot({ CARILLON_METRICS_TOP: '1' });
  receiver = await startReceiver();
  for (const id of ['busy', 'quiet']) {
    await harness.admin('POST', '/tenants', { id, name: id, dialect: 'standard' });
    await harness.admin('POST', `/tenants/${id}/endpoints`, { url: receiver.url, eventTypes: ['*'] });
  }
});

afterEach(async () => {
  await harness.close();
  await receiver.close();
});

async function publish(tenant: string) {
  await harness.admin('POST', `/tenants/${tenant}/events`, { type: 'a', payload: {} });
}

async function scrape(): Promise<string> {
  return (await harness.engine.http.inject('/metrics')).body;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly string[];
}

/** The families of metrics by name, each with its samples. Throws for a line that belongs to none. */
function parse(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: string[] }>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') families.set(name, { type: '', help: rest, samples: [] });
    else if (kind === 'TYPE') {
      const family = families.get(name);
      if (family === undefined || family.type !== '')
        throw new Error(`${name} has a type without help, or twice`);
      family.type = rest;
    } else {
      const [sample = ''] = line.split(/[{ ]/);
      const family = families.get(sample) ?? families.get(sample.replace(/_(bucket|sum|count)$/, ''));
      if (family === undefined) throw new Error(`${line} belongs to no family`);
      family.samples.push(line);
    }
  }
  return families;
}

test('every metric has a help, one type, a valid name, and the unit and ending of its type', async () => {
  for (const tenant of ['busy', 'quiet']) await publish(tenant);
  await harness.turn();
  const families = parse(await scrape());
  const own = [...families].filter(([name]) => name.startsWith('carillon_'));
  expect(own.length).toBeGreaterThan(20);
  for (const [name, { type, help, samples }] of own) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(help, name).toMatch(/^[A-Z0-9].*\.$/);
    expect(['counter', 'gauge', 'histogram'], name).toContain(type);
    expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|count|sum|bucket|gauge|counter)$/);
    // A sample is one series: no two with the same labels.
    const series = samples.map((line) => line.replace(/ \S+$/, ''));
    expect(new Set(series).size, name).toBe(series.length);
    for (const line of samples) expect(line).toMatch(/ (-?[0-9.e+-]+|NaN|\+Inf)$/);
  }
});

test('how long the oldest has waited is that of this scrape, also of the first', async () => {
  receiver.answer = () => 500;
  await publish('busy');
  await harness.turn();
  harness.clock.advance(95_000);
  const value = (text: string) => Number(/^carillon_oldest_waiting_seconds (.*)$/m.exec(text)?.[1]);
  // The first retry is due some 5 s after the attempt.
  expect(value(await scrape())).toBeGreaterThan(85);
  harness.clock.advance(100_000);
  expect(value(await scrape())).toBeGreaterThan(185);
});

test('what the process is, and what the store did', async () => {
  const text = await scrape();
  expect(text).toMatch(/^carillon_build_info\{version="[^"]+",node="24[^"]*",role="all",process="\d+"\} 1$/m);
  expect(text).toMatch(/^# TYPE carillon_store_commits_total counter$/m);
  expect(Number(/^carillon_store_commits_total (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
});

test('what there is not has no sample: an alert about less than a bound would fire for 0', async () => {
  const has = (text: string, name: string): boolean => new RegExp(`^carillon_${name} `, 'm').test(text);
  const onSqlite = await scrape();
  expect(['disk_free_bytes', 'archive_behind_seconds', 'waiting'].map((name) => has(onSqlite, name))).toEqual(
    [true, false, true],
  );
  const other = await boot({}, {}, 'postgres');
  const { body } = await other.engine.http.inject('/metrics');
  await other.close();
  expect(['disk_free_bytes', 'slots_closed_seconds', 'waiting'].map((name) => has(body, name))).toEqual([
    false,
    false,
    true,
  ]);
});

test('the busiest tenant and endpoint have series of their own, and no others', async () => {
  for (const tenant of ['quiet', 'busy', 'busy']) await publish(tenant);
  await harness.turn();
  const text = await scrape();
  const series = text.split('\n').filter((line) => /^carillon_(tenant|endpoint)_attempts_total\{/.test(line));
  expect(series).toHaveLength(2);
  expect(series[0]).toBe('carillon_tenant_attempts_total{tenant="busy",outcome="accepted"} 2');
  expect(series[1]).toMatch(/^carillon_endpoint_attempts_total\{endpoint="ep_\w+",outcome="accepted"\} 2$/);
});
