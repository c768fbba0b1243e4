// Which database a tenant is in, as far as the API thread needs it: publications of one database share commits. The store routes by the
// map that it has itself, so an old one here costs smaller commits and nothing else.
import type { Backend } from '#core/backend.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';

export interface Placement {
  readonly partitionOf: (tenant: TenantId) => number;
  stop(): void;
}

const readEveryMs = 5_000;

export function watchPlacement(backend: Pick<Backend, 'placement'>, clock: Clock): Placement {
  let slots: Uint8Array | null = null;
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Ends with the engine.
      slots = await backend.placement();
      await clock.sleep(readEveryMs, stopping.signal);
    }
  };
  watch().catch(() => {});
  return {
    partitionOf: (tenant) => slots?.[slotOf(tenant)] ?? 0,
    stop: () => stopping.abort(),
  };
}
