// The server under test: real processes on a temporary folder or a database of their own, with the tenant, the endpoints and
// the event types of a case.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient } from '../test/support/api-client.ts';
import { type ServerProcess, startServer } from '../test/support/server-process.ts';
import { type Case, tenant, tenantsOf } from './cases.ts';
import { startCollector } from './collector.ts';
import { readCpuUs, readResidentMiB, readThreadsUs } from '../test/support/machine.ts';
import type { FillerCalls } from './filler.ts';
import { startPart } from '../test/support/part.ts';
import type { BenchDatabase } from './postgres.ts';

export interface Running {
  /** URL of the process that answers publish requests. */
  readonly url: string;
  readonly adminKey: string;
  readonly eventTypes: readonly string[];
  /** Resources used by all processes of the server since their start. */
  usage(): Promise<Usage>;
}

/** Registers a function to call when the run has ended or failed. */
export type AtEnd = (end: () => Promise<void>) => void;

export interface Usage {
  readonly cpuUs: number | null;
  /** The same by thread; what is not a thread of ours is `rest`: garbage collection, compilation, Node's thread pool. */
  readonly threadsUs: ThreadTimes;
  /** Processor time of the database server. */
  readonly databaseCpuUs: number | null;
  readonly residentMiB: number | null;
  readonly statements: number;
  /** On SQLite the commits: each is one fsync; a checkpoint adds about three per 16 MiB of log. */
  readonly fsyncs: number | null;
}

/** By the names of `threads`; empty without /proc. */
export type ThreadTimes = Readonly<Record<string, number>>;

/** The threads of a server, by the names that they have in the report. */
export const threads = ['api', 'engine', 'checkpoints', 'rest'] as const;

/** Endpoints created at once. */
const creations = 16;

export interface CaseEnvironment {
  /** Ports of the sink, over which the endpoints are distributed. */
  readonly ports: readonly number[];
  /** A port of the sink that accepts connections and never answers. */
  readonly silentPort: number;
  /** Null for SQLite. */
  readonly database: BenchDatabase | null;
  /** The partitions besides it. */
  readonly others: readonly BenchDatabase[];
}

/** Starts the processes of a case and registers its endpoints. */
export async function startCase(which: Case, environment: CaseEnvironment, atEnd: AtEnd): Promise<Running> {
  const { ports, silentPort, database, others } = environment;
  const folder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  const processes: ServerProcess[] = [];
  const collector = which.isTraced ? await startCollector() : null;
  atEnd(async () => {
    collector?.close();
    await Promise.all(processes.map((each) => each.kill()));
    rmSync(folder, { recursive: true, force: true });
    await database?.drop();
    await Promise.all(others.map((other) => other.drop()));
  });
  const settings = {
    CARILLON_THREADS: String(which.threads),
    CARILLON_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CARILLON_ENDPOINTS_MAX: String(Math.max(1000, which.endpoints)),
    ...(database === null ? {} : { DATABASE_URL: database.url }),
    ...(others.length === 0 ? {} : { CARILLON_PARTITIONS: others.map(nameOther).join() }),
    ...(collector === null ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }),
  };
  await prepare(which, { folder, settings, silentPort, atEnd });
  // One after the other, so that no process works on a database while another one opens it.
  for (const role of which.roles) {
    processes.push(await startServer(folder, { ...settings, CARILLON_ROLE: role }));
  }
  const [first] = processes;
  if (first === undefined) throw new Error(`${which.name} has no process`);
  const eventTypes = await register(which, ports, first);
  return {
    url: first.url,
    adminKey: first.adminKey,
    eventTypes,
    async usage() {
      const pids = processes.map(({ pid }) => pid);
      const counters = await Promise.all(processes.map(({ url }) => readCounters(url)));
      return {
        cpuUs: sum(pids.map(readCpuUs)),
        threadsUs: addThreads(processes, which.roles),
        residentMiB: sum(pids.map(readResidentMiB)),
        databaseCpuUs: database?.cpuUs() ?? null,
        statements: sum(counters.map(({ statements }) => statements)) ?? 0,
        fsyncs: database === null ? sum(counters.map(({ commits }) => commits)) : await database.fsyncs(),
      };
    },
  };
}

/** A process with one thread does everything on its first one: it is the engine's, unless the process only answers requests. */
function addThreads(processes: readonly ServerProcess[], roles: Case['roles']): ThreadTimes {
  const added: Record<string, number> = {};
  processes.forEach(({ pid }, index) => {
    const found = readThreadsUs(pid) ?? {};
    const first = roles[index] === 'api' || 'engine' in found ? 'api' : 'engine';
    for (const [name, us] of Object.entries(found)) {
      const known = threads.find((thread) => thread === name) ?? 'rest';
      const thread = name === 'MainThread' ? first : known;
      added[thread] = (added[thread] ?? 0) + us;
    }
  });
  return added;
}

const nameOther = ({ url }: BenchDatabase, index: number): string => `${['b', 'c'][index]}=${url}`;

/** Creates the tenants and the backlog of an endpoint that never answers, and stops the server. */
async function prepare(
  which: Case,
  given: { folder: string; settings: Record<string, string>; silentPort: number; atEnd: AtEnd },
): Promise<void> {
  const { dialect, waiting } = which;
  const { folder, settings, silentPort, atEnd } = given;
  const server = await startServer(folder, settings);
  const create = createResources(server);
  for (const id of tenantsOf(which)) await create.one('/tenants', { id, name: 'Bench', dialect });
  const url = `http://127.0.0.1:${silentPort}/`;
  const eventType = 'bench.dead';
  if (waiting > 0) await create.one(`/tenants/${tenant}/endpoints`, { url, eventTypes: [eventType] });
  await create.close();
  await server.terminate();
  if (waiting === 0) return;
  const filler = startPart<FillerCalls>(join(import.meta.dirname, 'filler.ts'));
  atEnd(() => filler.stop());
  await filler.call('fill', { path: join(folder, 'carillon.db'), tenant, eventType, count: waiting });
  await filler.stop();
}

/** Creates the endpoints. Returns the event types; each is delivered to `fanOut` endpoints. */
async function register(
  which: Case,
  ports: readonly number[],
  server: ServerProcess,
): Promise<readonly string[]> {
  const { dialect, endpoints, fanOut, filters, isTransformed } = which;
  const create = createResources(server);
  const eventTypes = listEventTypes(dialect, endpoints / fanOut);
  let next = 0;
  const turn = async (): Promise<void> => {
    while (next < endpoints) {
      const index = next++;
      const url = `http://127.0.0.1:${ports[index % ports.length]}/${index}`;
      const eventType = eventTypes[index % eventTypes.length];
      const filter = filterFor(filters, eventType);
      const wanted =
        filter === null
          ? { eventTypes: [eventType], ...(isTransformed ? { transform } : {}) }
          : { eventTypes: ['*'], filter };
      for (const id of tenantsOf(which)) await create.one(`/tenants/${id}/endpoints`, { url, ...wanted });
    }
  };
  await Promise.all(Array.from({ length: creations }, turn));
  await create.close();
  return eventTypes;
}

/** The payload is asked first, so that filters look at it. */
function filterFor(filters: Case['filters'], eventType = ''): object | null {
  if (filters === 'none') return null;
  const type = filters === 'equal' ? eventType : { $gte: eventType, $lte: eventType };
  return { type: { $startsWith: 'purchase' }, $type: type };
}

const transform = '({ type, payload }) => ({ ...payload, kind: type })';

function createResources({ url, adminKey }: ServerProcess) {
  const client = createApiClient(url, adminKey, creations);
  return {
    async one(path: string, body: object): Promise<void> {
      const { status, body: answer } = await client.call('POST', path, body);
      if (status !== 201) throw new Error(`POST ${path} was answered ${status}: ${JSON.stringify(answer)}`);
    },
    close: () => client.close(),
  };
}

/** CHIP has a fixed list of types; the standard dialect accepts any. */
function listEventTypes(dialect: Case['dialect'], count: number): readonly string[] {
  if (dialect === 'standard') return Array.from({ length: count }, (_, index) => `bench.${index}`);
  const known = chipEventTypes.slice(0, count);
  if (known.length < count) throw new Error(`CHIP has no ${count} event types of a purchase`);
  return known;
}

const chipEventTypes = [
  'created',
  'paid',
  'payment_failure',
  'pending_execute',
  'pending_charge',
  'cancelled',
  'hold',
  'captured',
  'pending_capture',
  'released',
  'pending_release',
  'preauthorized',
  'pending_refund',
  'viewed',
  'settled',
  'refund_failure',
].map((name) => `purchase.${name}`);

async function readCounters(url: string): Promise<{ commits: number; statements: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string): number => {
    const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`/metrics has no ${name}`);
    return Number(found);
  };
  return {
    commits: read('carillon_store_commits_total'),
    statements: read('carillon_store_statements_total'),
  };
}

function sum(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : values.reduce((total: number, value) => total + (value ?? 0), 0);
}
