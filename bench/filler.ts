// Fills the store of a stopped server in a process of its own, because that takes long and other cases can start meanwhile.
import { systemClock } from '#lib/clock.ts';
import type { TenantId } from '#core/tenant.ts';
import { fill } from '../test/support/fill.ts';
import { serveCalls } from '../test/support/part.ts';

export interface FillerCalls {
  /** Publishes `count` events within the last hour, without any attempt. */
  fill(input: { path: string; tenant: string; eventType: string; count: number }): Promise<void>;
}

const spanMs = 3_600_000;

serveCalls<FillerCalls>({
  fill({ path, tenant, eventType, count }) {
    const until = systemClock.now();
    return fill({
      place: { kind: 'sqlite', path },
      count,
      from: until - spanMs,
      until,
      eventOf: () => ({ tenant: tenant as TenantId, type: eventType, state: 'waiting' }),
      onProgress: () => {},
    });
  },
});
