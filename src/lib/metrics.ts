// Prometheus metrics: makers of counters and histograms under the prefix `carillon_`.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Buckets for durations, in seconds. */
export const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60,
];

/** A registry with the metrics of the Node process: memory, CPU time, event loop lag. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What a process is, as labels of a metric whose value is 1: other metrics are joined with it. */
export function addBuildInfo(registry: Registry, facts: Readonly<Record<string, string>>): void {
  new Gauge({
    name: 'carillon_build_info',
    help: 'The version, the role and the number of this process. Always 1.',
    labelNames: Object.keys(facts),
    registers: [registry],
  }).set(facts, 1);
}

/** What a gauge shows at a scrape; null when there is nothing to tell, and then it has no sample. */
export type ReadGauge = () => number | null | Promise<number | null>;

/** Names are given without the prefix. */
export function metricMakers(registry: Registry) {
  const registers = [registry];
  return {
    gauge: (name: string, help: string, read: ReadGauge): void => {
      new Gauge({
        name: `carillon_${name}`,
        help,
        registers,
        async collect() {
          const value = await read();
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    },
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter({ name: `carillon_${name}`, help, labelNames, registers }),
    histogram: (name: string, help: string, buckets: number[], labelNames: string[] = []) =>
      new Histogram({ name: `carillon_${name}`, help, buckets, labelNames, registers }),
  };
}
