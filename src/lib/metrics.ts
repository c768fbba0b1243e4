// Makers of Prometheus metrics with the prefix of this server.
import { Counter, Histogram, type Registry } from 'prom-client';

export const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60,
];

/** Makers of counters and histograms that belong to `registry`. */
export function makersFor(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter({ name: `carillon_${name}`, help, labelNames, registers }),
    histogram: (name: string, help: string, buckets: number[], labelNames: string[] = []) =>
      new Histogram({ name: `carillon_${name}`, help, buckets, labelNames, registers }),
  };
}
