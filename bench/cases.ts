// The cases of the bench and the duration of each step, as data.
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { withPartitions } from '#store/partitioned/slot-map.ts';

export interface Case {
  /** For `--only`. */
  readonly name: string;
  /** In the report. */
  readonly title: string;
  readonly store: 'sqlite' | 'postgres';
  /** One process each. */
  readonly roles: readonly ('all' | 'api' | 'worker')[];
  /** Threads of each process. 2: one answers requests, the other delivers. */
  readonly threads: 1 | 2;
  readonly dialect: 'standard' | 'chip';
  /** Databases, all on one server. Postgres only. */
  readonly partitions: 1 | 3;
  /** Publications go to each in turn. */
  readonly tenants: 1 | 3;
  /** Of each tenant. */
  readonly endpoints: number;
  /** Endpoints that each event is delivered to. */
  readonly fanOut: number;
  readonly payloadBytes: number;
  /** Size of the backlog of one more endpoint, which never answers. SQLite only. */
  readonly waiting: number;
  /**
   * All endpoints take every type; the filter of each lets the types through that it would have. `equal`: each asks for its
   * type; `range`: each compares the type, so that every event is shown to every filter.
   */
  readonly filters: 'none' | 'equal' | 'range';
  /** Each endpoint has a transform that copies the payload and adds a member. */
  readonly isTransformed: boolean;
  /** Each publication and delivery is traced, and the spans go to a collector. */
  readonly isTraced: boolean;
  /** The first case is measured again just before this one, for comparison. */
  readonly isCompared: boolean;
  /** Also measured as an open loop: the highest sustained rate, and latencies below it. */
  readonly isMain: boolean;
}

const one: Case = {
  name: 'sqlite',
  title: 'SQLite, one thread',
  store: 'sqlite',
  roles: ['all'],
  threads: 1,
  dialect: 'standard',
  partitions: 1,
  tenants: 1,
  endpoints: 200,
  fanOut: 1,
  payloadBytes: 1024,
  waiting: 0,
  filters: 'none',
  isTransformed: false,
  isTraced: false,
  isCompared: false,
  isMain: true,
};

export const cases: readonly Case[] = [
  one,
  { ...one, name: 'sqlite-split', title: 'SQLite, two threads', threads: 2 },
  { ...one, name: 'postgres', title: 'Postgres, one process', store: 'postgres' },
  {
    ...one,
    name: 'postgres-split',
    title: 'Postgres, API and worker',
    store: 'postgres',
    roles: ['api', 'worker'],
  },
  {
    ...one,
    name: 'tenants-3',
    title: 'Postgres, three tenants',
    store: 'postgres',
    tenants: 3,
    isMain: false,
  },
  {
    ...one,
    name: 'partitions-3',
    title: 'the same in three databases',
    store: 'postgres',
    tenants: 3,
    partitions: 3,
    isMain: false,
  },
  { ...one, name: 'fan-out-10', title: 'each event to 10', fanOut: 10, isMain: false },
  { ...one, name: 'fan-out-100', title: 'each event to 100', fanOut: 100, isMain: false },
  { ...one, name: 'endpoints-1', title: '1 endpoint', endpoints: 1, isMain: false },
  { ...one, name: 'payload-64k', title: 'payload of 64 KiB', payloadBytes: 65_536, isMain: false },
  { ...one, name: 'rsa', title: 'CHIP, RSA-3072', dialect: 'chip', endpoints: 16, isMain: false },
  {
    ...one,
    name: 'endpoints-10000',
    title: '10,000 endpoints',
    endpoints: 10_000,
    isMain: false,
    isCompared: true,
  },
  {
    ...one,
    name: 'endpoints-1000',
    title: '1,000 endpoints',
    endpoints: 1000,
    isMain: false,
    isCompared: true,
  },
  {
    ...one,
    name: 'filters-1000',
    title: '1,000 filters by equality',
    endpoints: 1000,
    filters: 'equal',
    isMain: false,
    isCompared: true,
  },
  {
    ...one,
    name: 'ranges-1000',
    title: '1,000 filters by range',
    endpoints: 1000,
    filters: 'range',
    isMain: false,
    isCompared: true,
  },
  {
    ...one,
    name: 'transform',
    title: 'a transform per endpoint',
    isTransformed: true,
    isMain: false,
    isCompared: true,
  },
  {
    ...one,
    name: 'traces',
    title: 'traces of everything',
    isTraced: true,
    isMain: false,
    isCompared: true,
  },
  {
    ...one,
    name: 'backlog',
    title: '1,000,000 waiting',
    waiting: 1_000_000,
    isMain: false,
    isCompared: true,
  },
];

/** The cases of `--quick`. */
export const quickCases: readonly string[] = ['sqlite', 'sqlite-split'];

/** Duration of each step in ms. `warmUpMs` and `rampMs` are not counted. */
export interface Pace {
  readonly warmUpMs: number;
  readonly rampMs: number;
  readonly limitMs: number;
  readonly saturateMs: number;
  readonly sustainMs: number;
  readonly latencyMs: number;
}

/** All cases, three rounds, in five minutes. */
export const pace: Pace = {
  warmUpMs: 1500,
  rampMs: 250,
  limitMs: 900,
  saturateMs: 1200,
  sustainMs: 1000,
  latencyMs: 900,
};

/** Two cases, three rounds, in one minute. */
export const quickPace: Pace = {
  warmUpMs: 1000,
  rampMs: 200,
  limitMs: 600,
  saturateMs: 800,
  sustainMs: 600,
  latencyMs: 500,
};

/** Loads at which latencies are measured, in percent of the sustained rate. */
export const loads = [10, 50, 90] as const;

/** Publish requests at once, deliveries in flight in a closed loop, requests at once of the bare POST loop. */
export const connections = 128;
export const window = 2048;
export const postConcurrency = 64;
/** Ports of the sink; endpoints are spread over them. */
export const origins = 200;
export const tenant = 'bench';
export const tenantsOf = ({ tenants }: Case): readonly string[] =>
  tenants === 1 ? [tenant] : placedTenants();

/** One in each of three partitions, as a first start assigns the slots. Of one length, so that all requests have one. */
function placedTenants(): readonly string[] {
  const { slots } = withPartitions(null, ['b', 'c'], new Set());
  const candidates = Array.from({ length: 90 }, (_, nth) => `bench-${nth + 10}`);
  return [0, 1, 2].map((partition) => {
    const found = candidates.find((id) => slots[slotOf(id as TenantId)] === partition);
    if (found === undefined) throw new Error(`no tenant for partition ${partition}`);
    return found;
  });
}
