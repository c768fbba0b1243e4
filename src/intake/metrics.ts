// Prometheus metrics of publishing.
import type { Registry } from 'prom-client';
import { metricMakers, secondsBuckets } from '#lib/metrics.ts';

export interface PublishMetrics {
  /** `seconds` is from the request to its commit. */
  accepted(events: number, seconds: number): void;
  refusedForLoad(): void;
}

export function createPublishMetrics(registry: Registry): PublishMetrics {
  const { counter, histogram } = metricMakers(registry);
  const events = counter('events_accepted_total', 'Events answered 202.');
  const overloads = counter(
    'publish_refused_total',
    'Publish requests answered 503 because the queue was full.',
  );
  const accept = histogram(
    'publish_duration_seconds',
    'From request to commit of a publish.',
    secondsBuckets,
  );
  return {
    accepted(count, seconds) {
      events.inc(count);
      accept.observe(seconds);
    },
    refusedForLoad: () => overloads.inc(),
  };
}
