// Metrics of the API thread, for /metrics. Labels are few and bounded: never an id or a URL.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { makersFor, secondsBuckets } from '#lib/metrics.ts';

/** A registry with what every Node process tells: memory, processor time, delays of the event loop. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface PublishMetrics {
  accepted(events: number, seconds: number): void;
  refusedForLoad(): void;
}

export function createPublishMetrics(registry: Registry): PublishMetrics {
  const { counter, histogram } = makersFor(registry);
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
