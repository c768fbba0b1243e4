// Prometheus metrics of delivering. Label values are bounded: an id only of the busiest tenants and endpoints, and no URL.
import type { AlertVia } from '#core/alert.ts';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outcome, Shortage } from '#core/attempt.ts';
import type { Settlement } from '#core/retry.ts';
import type { TransformResult } from '#core/transform.ts';
import { metricMakers, secondsBuckets } from '#lib/metrics.ts';
import { TopCounts } from '#lib/top-counts.ts';

const sizeBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

export interface DeliveryMetrics {
  committed(kind: 'publish' | 'record', size: number): void;
  attempted(
    outcome: Outcome,
    seconds: number,
    of: { readonly tenant: string; readonly endpoint: string },
  ): void;
  /** `latencySeconds` is from publish; observed for deliveries that the first attempt delivered. */
  settled(state: Settlement['state'], isRetry: boolean, latencySeconds: number): void;
  /** Results dropped by their fencing number. */
  stale(count: number): void;
  disabled(count: number): void;
  /** A request was not sent, for a reason of ours. */
  unsent(shortage: Shortage): void;
  /** Endpoints that fresh events were kept from by their filters. */
  filtered(count: number): void;
  /** A transform was called, or could not be. */
  transformed(ending: TransformResult['kind']): void;
  /** Held deliveries that are canceled. */
  expired(count: number): void;
  /** Messages of alerts. */
  alerts(kind: AlertVia['kind'], result: 'sent' | 'failed' | 'dropped', count: number): void;
}

export interface Gauges {
  readonly inFlight: () => number;
  readonly buffered: () => number;
  readonly isPaused: () => boolean;
  readonly store: () => { readonly commits: number; readonly statements: number };
  readonly isUsable: () => Promise<boolean>;
  /** Empty where there is one database. */
  readonly partitions: () => readonly {
    readonly name: string;
    readonly isUsable: boolean;
    readonly slots: number;
  }[];
  readonly retentionBehindMs: () => number;
  /** Null where the database is not on a disk of this machine. */
  readonly diskFreeBytes: () => Promise<number | null>;
  /** What is read of the database, while it can be used. */
  readonly database: DatabaseGauges;
}

export interface DatabaseGauges {
  readonly backlog: () => Promise<{ readonly waiting: number; readonly oldestMs: number }>;
  /** Null without an archive. */
  readonly archiveBehindMs: () => Promise<number | null>;
  /** For how long the slots that move have been closed; null where there is one database. */
  readonly slotsClosedMs: () => Promise<number | null>;
}

/** `gauges` are read at each scrape. */
export function createDeliveryMetrics(
  registry: Registry,
  gauges: Gauges,
  /** So many tenants, and endpoints, have series of their own. */
  topMax: number,
): DeliveryMetrics {
  const { counter, histogram } = metricMakers(registry);
  const attempts = counter('attempts_total', 'HTTP requests made, by how they ended.', ['outcome']);
  const delivered = counter('deliveries_delivered_total', 'Deliveries that a receiver accepted.');
  const exhausted = counter('deliveries_exhausted_total', 'Deliveries whose last attempt failed.');
  const failed = counter('attempts_failed_total', 'Attempts that were not accepted.');
  const retried = counter('attempts_retried_total', 'Attempts after the first of their delivery.');
  const stale = counter('results_stale_total', 'Results dropped because their lease had ended.');
  const disabled = counter('endpoints_disabled_total', 'Endpoints disabled after failures or a 410.');
  const filtered = counter('deliveries_filtered_total', 'Deliveries that filters of endpoints prevented.');
  const transforms = counter(
    'transforms_total',
    'Calls of transforms for deliveries, by how they ended: returned, canceled (null), failed, or busy (not called).',
    ['ending'],
  );
  const expired = counter(
    'deliveries_expired_total',
    'Deliveries canceled after they were held for too long.',
  );
  const unsent = counter(
    'requests_unsent_total',
    'Requests that could not be sent for a reason of this process or machine, by what was short. No attempts.',
    ['shortage'],
  );
  const alerts = counter(
    'alert_messages_total',
    'Messages of alerts: sent, failed (and sent again later), or dropped after too many failures.',
    ['kind', 'result'],
  );
  const exchange = histogram(
    'attempt_duration_seconds',
    'Duration of a request to a receiver.',
    secondsBuckets,
  );
  const latency = histogram(
    'delivery_latency_seconds',
    'From publish to accepted at the first attempt.',
    secondsBuckets,
  );
  const commits = histogram('commit_size', 'Publications or results per commit.', sizeBuckets, ['kind']);

  addGauges(registry, gauges);
  const tenants = topSeries(registry, 'tenant', topMax);
  const endpoints = topSeries(registry, 'endpoint', topMax);

  return {
    committed: (kind, size) => commits.observe({ kind }, size),
    attempted(outcome, seconds, { tenant, endpoint }) {
      attempts.inc({ outcome });
      tenants.add(tenant, outcome);
      endpoints.add(endpoint, outcome);
      if (outcome !== 'accepted') failed.inc();
      exchange.observe(seconds);
    },
    settled(state, isRetry, latencySeconds) {
      if (isRetry) retried.inc();
      else if (state === 'delivered') latency.observe(latencySeconds);
      if (state === 'delivered') delivered.inc();
      if (state === 'exhausted') exhausted.inc();
    },
    stale: (count) => stale.inc(count),
    disabled: (count) => disabled.inc(count),
    unsent: (shortage) => unsent.inc({ shortage }),
    filtered: (count) => filtered.inc(count),
    transformed: (ending) => transforms.inc({ ending }),
    expired: (count) => expired.inc(count),
    alerts: (kind, result, count) => alerts.inc({ kind, result }, count),
  };
}

function addGauges(registry: Registry, gauges: Gauges): void {
  const { gauge } = metricMakers(registry);
  gauge('in_flight', 'Requests in flight.', () => gauges.inFlight());
  gauge('buffered', 'Claimed deliveries in memory that wait for a slot.', () => gauges.buffered());
  gauge('paused', '1 while deliveries are paused in this process: see CARILLON_PAUSED.', () =>
    gauges.isPaused() ? 1 : 0,
  );
  gauge(
    'retention_behind_seconds',
    'Since retention last had nothing left to delete, or since the start.',
    () => toSeconds(gauges.retentionBehindMs()),
  );
  gauge('disk_free_bytes', 'Free bytes where the SQLite database is; none with Postgres.', () =>
    gauges.diskFreeBytes(),
  );
  addDatabaseGauges(registry, gauges);
  addPartitionGauges(registry, gauges);
  for (const kind of ['commits', 'statements'] as const) {
    new Counter({
      name: `carillon_store_${kind}_total`,
      help: `Store ${kind}.`,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(gauges.store()[kind]);
      },
    });
  }
}

/** A scrape while the database cannot be used tells that, and has no sample of what is read of it. */
function addDatabaseGauges(registry: Registry, { isUsable, database }: Gauges): void {
  const { gauge } = metricMakers(registry);
  // Each is asked once for a scrape.
  const usable = shareWhilePending(isUsable);
  const backlog = shareWhilePending(() => database.backlog());
  const whileUsable = (read: () => Promise<number | null>) => async (): Promise<number | null> =>
    (await usable()) ? read().catch(() => null) : null;
  gauge(
    'database_usable',
    '1 while the database can be used; 0 while /readyz says why it cannot.',
    async () => ((await usable()) ? 1 : 0),
  );
  gauge(
    'oldest_waiting_seconds',
    'How long the oldest due delivery has waited.',
    whileUsable(async () => toSeconds((await backlog()).oldestMs)),
  );
  gauge(
    'waiting',
    'Deliveries that have not ended.',
    whileUsable(async () => (await backlog()).waiting),
  );
  gauge(
    'archive_behind_seconds',
    'Since the oldest day expired that is not in the archive: 0 when all are. None without CARILLON_ARCHIVE.',
    whileUsable(async () => toSeconds(await database.archiveBehindMs())),
  );
  gauge(
    'slots_closed_seconds',
    'How long the tenants of slots that move have been refused: 0 when none are. None with one database.',
    whileUsable(async () => toSeconds(await database.slotsClosedMs())),
  );
}

function addPartitionGauges(registry: Registry, gauges: Gauges): void {
  const registers = [registry];
  const labelNames = ['partition'];
  new Gauge({
    name: 'carillon_partition_usable',
    help: '1 while this partition can be used, 0 while its tenants are refused; none with one database.',
    labelNames,
    registers,
    collect() {
      for (const { name, isUsable } of gauges.partitions()) this.set({ partition: name }, isUsable ? 1 : 0);
    },
  });
  new Gauge({
    name: 'carillon_partition_slots',
    help: 'Slots of this partition, of 4096; none with one database.',
    labelNames,
    registers,
    collect() {
      for (const { name, slots } of gauges.partitions()) this.set({ partition: name }, slots);
    },
  });
}

function toSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

/** The answer that is being waited for, to all that ask meanwhile. */
function shareWhilePending<T>(ask: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | null = null;
  return () =>
    (pending ??= ask().finally(() => {
      pending = null;
    }));
}

/** Attempts of the busiest tenants or endpoints since the start. A series ends when others are busier. */
function topSeries(registry: Registry, noun: 'tenant' | 'endpoint', topMax: number): TopCounts<Outcome> {
  const counts = new TopCounts<Outcome>(topMax);
  if (topMax === 0) return counts;
  new Counter({
    name: `carillon_${noun}_attempts_total`,
    help: `HTTP requests made for the ${topMax} busiest ${noun}s, by how they ended.`,
    labelNames: [noun, 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [id, byOutcome] of counts.top()) {
        for (const [outcome, count] of byOutcome) this.inc({ [noun]: id, outcome }, count);
      }
    },
  });
  return counts;
}
