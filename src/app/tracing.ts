// Tracing of one thread, when the environment names a collector. Nothing of it is loaded otherwise.
import type { Config } from '#config.ts';
import type { Tracer } from '#lib/tracing.ts';
import { version } from '#lib/version.ts';
import type { World } from './world.ts';

export interface Tracing {
  /** Null when no collector is named. */
  readonly tracer: Tracer | null;
  readonly stop: () => Promise<void>;
}

const off: Tracing = { tracer: null, stop: async () => {} };

/** `thread` says in the spans which one it is. */
export async function startTracing(
  { tracing, role }: Pick<Config, 'tracing' | 'role'>,
  { clock, random, log }: Pick<World, 'clock' | 'random' | 'log'>,
  thread: 'api' | 'engine',
): Promise<Tracing> {
  const url = tracing.tracesUrl ?? (tracing.url === null ? null : `${tracing.url}/v1/traces`);
  if (url === null || tracing.isDisabled || tracing.exporter === 'none') return off;
  const [{ startOtlpExporter }, { createTracer }] = await Promise.all([
    import('./otlp.ts'),
    import('#lib/tracing.ts'),
  ]);
  const resource = {
    'service.name': tracing.service,
    'service.version': version,
    'process.pid': process.pid,
    'carillon.role': role,
    'carillon.thread': thread,
    ...tracing.resource,
  };
  const { headers, timeoutMs } = tracing;
  const exporter = startOtlpExporter({ url, headers, timeoutMs, resource, version }, { clock, log });
  log.info({ thread, url }, 'traces.exported_to');
  const sampler = { name: tracing.sampler, ratio: tracing.samplerRatio };
  return {
    tracer: createTracer(sampler, { random, emit: exporter.add }),
    stop: () => exporter.stop(),
  };
}
