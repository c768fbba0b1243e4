// Prometheus metrics of inbound connections.
import { Gauge, type Registry } from 'prom-client';
import { metricMakers } from '#lib/metrics.ts';

export interface HttpMetrics {
  /** How many connections are open now. */
  connected(count: number): void;
  /** A connection was closed because too many are open. */
  shed(kind: 'half_open' | 'idle' | 'new'): void;
  /** A request was refused because of earlier failures from its address. */
  authRefused(): void;
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
  const refused = metricMakers(registry).counter(
    'authentications_refused_total',
    'Requests refused without a search for their key because of failed authentications from their address.',
  );
  return {
    connected: (count) => open.set(count),
    shed: (kind) => shed.inc({ kind }),
    authRefused: () => refused.inc(),
  };
}
