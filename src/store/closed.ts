// What a database answers for tenants that are moving to another one, or have moved: the caller reads the slot map and asks again.
import { Fault } from '#core/fault.ts';

class SlotsClosed extends Error {}

export function slotsClosed(): Fault {
  const message = 'this tenant is moving to another database; send this again in a moment';
  return new Fault('unavailable', message, { retryAfterSeconds: 1, cause: new SlotsClosed(message) });
}

export function isSlotsClosed(error: unknown): boolean {
  return error instanceof Fault && error.cause instanceof SlotsClosed;
}
