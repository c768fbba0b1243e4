// npm run bench:lists: how long each list of the admin API takes to answer on a store that is full: 100,000 endpoints and
// 10,000,000 deliveries by default. They are the requests that the console makes, with each filter that it has.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { TenantId } from '#core/tenant.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { openStore, type Place } from '#store/open.ts';
import { type ApiClient, createApiClient } from '../test/support/api-client.ts';
import { exampleEndpoint } from '../test/support/examples.ts';
import { startServer } from '../test/support/server-process.ts';
import { type FilledEvent, fill } from '../test/support/fill.ts';
import { printProgress, reportFilling, type StoreName } from './live.ts';
import { readFlags } from './options.ts';
import { openPostgres } from './postgres.ts';
import { formatTable } from './report.ts';

const slowestMsMax = 300;
const endpointsOfTenant = 100;
/** Deliveries of an endpoint that follow each other at once. */
const burst = 10;
const dayMs = 86_400_000;

const usage = `npm run bench:lists -- [--store sqlite|postgres] [--tenants n] [--deliveries n] [--rounds n]

  --store       both by default
  --tenants     each with 100 endpoints (1000)
  --deliveries  each of an event with 140 bytes of payload, of the last 28 days (10000000), each endpoint's in bursts of ${burst}:
                96 of 100 delivered, 3 exhausted, 1 held by a disabled endpoint
  --rounds      how often each list is asked for (20)
`;

const defaults = { tenants: 1000, deliveries: 10_000_000, rounds: 20 };
type Counts = typeof defaults;

const tenantOf = (index: number) => `tenant-${index}` as TenantId;
const typeOf = (index: number): string => `kind-${index}.happened`;

function stateOf(index: number): FilledEvent['state'] {
  if (index === 99) return 'waiting';
  return index >= 96 ? 'exhausted' : 'delivered';
}

async function createOwners(place: Place, tenants: number, now: number): Promise<void> {
  const ids = createIdSource(systemRandom);
  const store = await openStore(place, { ids, now });
  try {
    for (let index = 0; index < tenants; index++) {
      const tenant = tenantOf(index);
      const fields = { dialect: 'standard', metadata: {}, contact: null, createdAt: now };
      await store.tenants.create({ id: tenant, name: `Tenant ${index}`, ...fields });
      // At once, so that they share commits.
      const endpoints = Array.from({ length: endpointsOfTenant }, (_, k) =>
        makeEndpoint(ids.next('ep', now) as EndpointId, tenant, k, now),
      );
      const rules = { isUrlUnique: false, endpointsMax: endpointsOfTenant };
      await Promise.all(endpoints.map((endpoint) => store.endpoints.create(endpoint, rules)));
      if ((index + 1) % 100 === 0) printProgress(`created ${index + 1} of ${tenants} tenants`);
    }
  } finally {
    await store.close();
  }
}

function makeEndpoint(id: EndpointId, tenant: TenantId, index: number, now: number): Endpoint {
  const isDisabled = stateOf(index) === 'waiting';
  return {
    ...exampleEndpoint({
      id,
      tenant,
      // Nothing listens there: the server is started paused.
      url: `http://127.0.0.1:9/${tenant}/${index}`,
      secrets: [{ sealed: 'sealed', expiresAt: null }],
      createdAt: now,
      updatedAt: now,
    }),
    eventTypes: [typeOf(index)],
    enabled: !isDisabled,
    disabledReason: isDisabled ? 'requested' : null,
    disabledAt: isDisabled ? now : null,
  };
}

/** The requests by what they are for. */
async function listsOf(api: ApiClient): Promise<Readonly<Record<string, string>>> {
  const read = async <Row>(path: string): Promise<readonly Row[]> => {
    const { status, body } = await api.call('GET', path);
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
    return (body as { data: readonly Row[] }).data;
  };
  const at = `/tenants/${tenantOf(0)}`;
  const endpoints = await read<{ id: string; url: string }>(`${at}/endpoints?limit=50`);
  const [delivery] = await read<{ endpoint: string; event: string; id: string }>(`${at}/deliveries?limit=1`);
  if (delivery === undefined) throw new Error('the store is empty');
  const { endpoint, event, id } = delivery;
  const ago = (days: number): string => new Date(Date.now() - days * dayMs).toISOString();
  return {
    tenants: '/tenants',
    attention: '/attention',
    'endpoints of all': '/endpoints',
    'endpoints of all, by URL': `/endpoints?url=${encodeURIComponent(endpoints[3]?.url ?? '')}`,
    'endpoints of a tenant': `${at}/endpoints`,
    'events of a tenant': `${at}/events`,
    'events by type': `${at}/events?type=${typeOf(7)}`,
    'events of a type that there is not': `${at}/events?type=no.such`,
    'events by key': `${at}/events?orderingKey=none`,
    'events of two weeks ago': `${at}/events?since=${ago(15)}&until=${ago(14)}`,
    'events without deliveries': `${at}/events?withoutDeliveries=true`,
    'deliveries of a tenant': `${at}/deliveries`,
    'deliveries of an endpoint': `${at}/deliveries?endpoint=${endpoint}`,
    'deliveries of an event': `${at}/deliveries?event=${event}`,
    'deliveries by type': `${at}/deliveries?type=${typeOf(7)}`,
    'deliveries exhausted': `${at}/deliveries?state=exhausted`,
    'deliveries canceled (none)': `${at}/deliveries?state=canceled`,
    'deliveries held': `${at}/deliveries?state=held`,
    'deliveries by code': `${at}/deliveries?code=5xx`,
    'deliveries by a code that there is not': `${at}/deliveries?code=404`,
    'deliveries by error (none)': `${at}/deliveries?error=timeout`,
    'deliveries by wire id': `${at}/deliveries?wireId=${event}`,
    'deliveries of two weeks ago': `${at}/deliveries?since=${ago(15)}&until=${ago(14)}`,
    'deliveries of all': '/deliveries',
    'deliveries of all, exhausted': '/deliveries?state=exhausted',
    'deliveries of all, pending (none)': '/deliveries?state=pending',
    'deliveries of all, held': '/deliveries?state=held',
    'deliveries of all, by type': `/deliveries?type=${typeOf(7)}`,
    'deliveries of all, by a type that there is not': '/deliveries?type=no.such',
    'deliveries of all, by code': '/deliveries?code=503',
    'deliveries of all, by error (none)': '/deliveries?error=timeout',
    'deliveries of all, by wire id': `/deliveries?wireId=${event}`,
    'deliveries of all, two weeks ago': `/deliveries?since=${ago(15)}&until=${ago(14)}`,
    'attempts of all': '/attempts',
    'attempts of all, refused': '/attempts?outcome=refused',
    'attempts of all, unreachable (none)': '/attempts?outcome=unreachable',
    'attempts of an endpoint': `/attempts?endpoint=${endpoint}`,
    'a delivery': `${at}/deliveries/${id}`,
    'attempts of a delivery': `${at}/deliveries/${id}/attempts`,
    'counts of an endpoint': `${at}/endpoints/${endpoint}/counts`,
    'explanation of an event': `${at}/events/${event}/explain`,
    'figures of a day': '/stats',
    'figures of 28 days, by day': `/stats?bucket=day&since=${ago(28)}`,
    'figures of 50 endpoints': `/stats?tenant=${tenantOf(0)}&groupBy=endpoint&endpoint=${endpoints.map((each) => each.id).join(',')}`,
    'figures by code': '/stats?groupBy=code',
    'event types': '/event-types',
    audit: '/audit',
    keys: '/keys',
    alerts: '/alerts',
    'replays of a tenant': `${at}/replays`,
    'portal sessions of a tenant': `${at}/portal-sessions`,
    'credentials of a tenant': `${at}/credentials`,
  };
}

/** Milliseconds of each answer. */
async function time(api: ApiClient, path: string, rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const { status, body } = await api.call('GET', path);
    times.push(performance.now() - startedAt);
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
  }
  return times.toSorted((a, b) => a - b);
}

/** Returns whether every list was in time. */
async function measure(api: ApiClient, rounds: number): Promise<boolean> {
  let isMet = true;
  const rows: string[][] = [];
  for (const [title, path] of Object.entries(await listsOf(api))) {
    const times = await time(api, path, rounds);
    const [fastest = 0, slowest = 0] = [times[0], times.at(-1)];
    const isInTime = slowest <= slowestMsMax;
    isMet &&= isInTime;
    const shown = [fastest, times[times.length >> 1] ?? 0, slowest].map((ms) => ms.toFixed(1));
    rows.push([title, ...shown, isInTime ? '' : 'MISSED']);
    printProgress(`${title}: ${shown.join(' / ')} ms`);
  }
  process.stdout.write(`${formatTable(['list', 'fastest ms', 'median ms', 'slowest ms', ''], rows)}\n`);
  return isMet;
}

interface Prepared {
  readonly place: Place;
  readonly settings: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

async function prepare(store: StoreName, folder: string): Promise<Prepared> {
  if (store === 'sqlite') {
    const place = { kind: 'sqlite', path: join(folder, 'carillon.db') } as const;
    return { place, settings: {}, close: () => Promise.resolve() };
  }
  const postgres = await openPostgres();
  const { url } = await postgres.createDatabase();
  return {
    place: { kind: 'postgres', url, poolMax: 4 },
    settings: { DATABASE_URL: url },
    close: () => postgres.stop(),
  };
}

async function run(store: StoreName, { tenants, deliveries, rounds }: Counts): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-lists-'));
  const { place, settings, close } = await prepare(store, folder);
  try {
    const until = Date.now();
    const from = until - 28 * dayMs;
    await createOwners(place, tenants, from);
    const eventOf = (number: number): FilledEvent => {
      const turn = Math.floor(number / burst);
      const index = Math.floor(turn / tenants) % endpointsOfTenant;
      return { tenant: tenantOf(turn % tenants), type: typeOf(index), state: stateOf(index) };
    };
    await fill({ place, count: deliveries, from, until, eventOf, onProgress: reportFilling(deliveries) });
    const key = { CARILLON_ENCRYPTION_KEY: randomBytes(32).toString('base64') };
    const server = await startServer(folder, { ...settings, ...key, CARILLON_PAUSED: 'true' });
    const api = createApiClient(server.url, server.adminKey, 1);
    process.stdout.write(
      `${store}: ${tenants * endpointsOfTenant} endpoints of ${tenants} tenants, ${deliveries} deliveries; each list ${rounds} times\n`,
    );
    try {
      return await measure(api, rounds);
    } finally {
      await api.close();
      await server.terminate();
    }
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const flags = readFlags(defaults);
  if (flags === null) {
    process.stderr.write(usage);
    return 2;
  }
  let isMet = true;
  for (const store of flags.stores) isMet = (await run(store, flags.counts)) && isMet;
  process.stdout.write(`each list within ${slowestMsMax} ms: ${isMet ? 'met' : 'MISSED'}\n`);
  return isMet ? 0 : 1;
}

process.exitCode = await main();
