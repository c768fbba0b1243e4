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

export function createDeliveryMetrics(
  registry: Registry,
  /** Read at each scrape. */
  gauges: {
    inFlight: () => number;
    buffered: () => number;
    isPaused: () => boolean;
    backlog: () => Promise<{ waiting: number; oldestSeconds: number }>;
    store: () => { commits: number; statements: number };
    isUsable: () => Promise<boolean>;
    /** Empty where there is one database. */
    partitions: () => readonly {
      readonly name: string;
      readonly isUsable: boolean;
      readonly slots: number;
    }[];
    retentionBehindMs: () => number;
    /** Null without an archive. */
    archiveBehindMs: () => Promise<number | null>;
    /** Null where the database is not on a disk of this machine. */
    diskFreeBytes: () => Promise<number | null>;
  },
  /** So many tenants, and endpoints, have series of their own. */
  topMax: number,
): DeliveryMetrics {
  const { counter, histogram } = metricMakers(registry);
  const registers = [registry];
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

  new Gauge({
    name: 'carillon_in_flight',
    help: 'Requests in flight.',
    registers,
    collect() {
      this.set(gauges.inFlight());
    },
  });
  new Gauge({
    name: 'carillon_buffered',
    help: 'Claimed deliveries in memory that wait for a slot.',
    registers,
    collect() {
      this.set(gauges.buffered());
    },
  });
  new Gauge({
    name: 'carillon_paused',
    help: '1 while deliveries are paused in this process: see CARILLON_PAUSED.',
    registers,
    collect() {
      this.set(gauges.isPaused() ? 1 : 0);
    },
  });
  // Both are read at each scrape, from one answer.
  const backlog = shareWhilePending(gauges.backlog);
  new Gauge({
    name: 'carillon_oldest_waiting_seconds',
    help: 'How long the oldest due delivery has waited.',
    registers,
    async collect() {
      this.set((await backlog()).oldestSeconds);
    },
  });
  new Gauge({
    name: 'carillon_waiting',
    help: 'Deliveries that have not ended.',
    registers,
    async collect() {
      this.set((await backlog()).waiting);
    },
  });
  new Gauge({
    name: 'carillon_database_usable',
    help: '1 while the database can be used; 0 while /readyz says why it cannot.',
    registers,
    async collect() {
      this.set((await gauges.isUsable()) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'carillon_partition_usable',
    help: '1 while this partition can be used, 0 while its tenants are refused; none with one database.',
    labelNames: ['partition'],
    registers,
    collect() {
      for (const { name, isUsable } of gauges.partitions()) this.set({ partition: name }, isUsable ? 1 : 0);
    },
  });
  new Gauge({
    name: 'carillon_partition_slots',
    help: 'Slots of this partition, of 4096; none with one database.',
    labelNames: ['partition'],
    registers,
    collect() {
      for (const { name, slots } of gauges.partitions()) this.set({ partition: name }, slots);
    },
  });
  new Gauge({
    name: 'carillon_retention_behind_seconds',
    help: 'Since retention last had nothing left to delete, or since the start.',
    registers,
    collect() {
      this.set(gauges.retentionBehindMs() / 1000);
    },
  });
  new Gauge({
    name: 'carillon_archive_behind_seconds',
    help: 'Since the oldest day expired that is not in the archive: 0 when all are. None without CARILLON_ARCHIVE.',
    registers,
    async collect() {
      const ms = await gauges.archiveBehindMs();
      if (ms === null) this.reset();
      else this.set(ms / 1000);
    },
  });
  new Gauge({
    name: 'carillon_disk_free_bytes',
    help: 'Free bytes where the SQLite database is; none with Postgres.',
    registers,
    async collect() {
      const bytes = await gauges.diskFreeBytes();
      if (bytes === null) this.reset();
      else this.set(bytes);
    },
  });
  for (const kind of ['commits', 'statements'] as const) {
    new Counter({
      name: `carillon_store_${kind}_total`,
      help: `Store ${kind}.`,
      registers,
      collect() {
        this.reset();
        this.inc(gauges.store()[kind]);
      },
    });
  }

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
