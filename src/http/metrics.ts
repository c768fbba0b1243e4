// Prometheus metrics of inbound connections.
import { Gauge, type Registry } from 'prom-client';
import { metricMakers } from '#lib/metrics.ts';

export interface HttpMetrics {
  /** How many connections are open now. */
  connected(count: number): void;
  /** A connection was closed because too many are open. */
  shed(kind: 'half_open' | 'idle' | 'new'): void;
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const open = new Gauge({
    name: 'carillon_connections',
    help: 'Inbound connections that are open.',
    registers: [registry],
  });
  const shed = metricMakers(registry).counter(
    'connections_shed_total',
    'Inbound connections closed because CARILLON_CONNECTIONS_MAX were open.',
    ['kind'],
  );
  return {
    connected: (count) => open.set(count),
    shed: (kind) => shed.inc({ kind }),
  };
}
