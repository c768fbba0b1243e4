// Prometheus metrics of the outbox relay in a server.
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '#lib/clock.ts';
import { metricMakers } from '#lib/metrics.ts';

export interface OutboxMetrics {
  published(count: number): void;
  refused(): void;
  failed(): void;
  leads(isLeading: boolean): void;
  /** When the oldest row that waits was inserted; null when none waits. */
  waiting(oldestAt: number | null): void;
}

export function createOutboxMetrics(registry: Registry, clock: Clock): OutboxMetrics {
  const { counter, gauge } = metricMakers(registry);
  const registers = [registry];
  const published = counter('outbox_published_total', 'Rows of the outbox table that were published.');
  const refused = counter('outbox_refused_total', 'Rows of the outbox table that stay with a reason.');
  const failures = counter(
    'outbox_failures_total',
    'Steps of the outbox relay that failed and are repeated.',
  );
  const leading = new Gauge({
    name: 'carillon_outbox_leading',
    help: '1 in the process that publishes the outbox table, 0 in those that stand by or cannot reach it.',
    registers,
  });
  let waitsSince: number | null = null;
  gauge(
    'outbox_lag_seconds',
    'How long the oldest row of the outbox table has waited, in the process that publishes it.',
    () => (waitsSince === null ? 0 : Math.max(0, clock.now() - waitsSince) / 1000),
  );
  return {
    published: (count) => published.inc(count),
    refused: () => refused.inc(),
    failed: () => failures.inc(),
    leads: (isLeading) => leading.set(isLeading ? 1 : 0),
    waiting(oldestAt) {
      waitsSince = oldestAt;
    },
  };
}
