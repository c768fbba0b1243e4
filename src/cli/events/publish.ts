// Sends events to the admin API, waiting where it asks to wait.
import type { PublishedBatch, PublishedEvent } from '#contract/events.ts';
import type { Clock } from '#lib/clock.ts';
import type { Batch } from './batches.ts';
import { type AdminClient, ApiFailure } from '../client.ts';
import { Failure } from '../failure.ts';

export interface PublishDeps {
  readonly client: AdminClient;
  readonly clock: Clock;
  /** Called before each wait for a busy server. */
  readonly onWait: (ms: number) => void;
}

/** Totals so far. */
export interface PublishCount {
  events: number;
  /** Events that had been published before under the same id. */
  replayed: number;
  deliveries: number;
}

/** Upper bound on the total wait for one request. */
const waitTotalMsMax = 5 * 60_000;
const waitMsDefault = 1000;

/** Publishes one event. Returns it, and whether it had been published before under the same id. */
export async function publishOne(
  deps: PublishDeps,
  tenant: string,
  json: string,
): Promise<{ event: PublishedEvent; isReplayed: boolean }> {
  const send = () => deps.client.publish('publishEvent', tenant, json);
  const { value, headers } = await sendWithRetry(deps, send);
  return { event: value, isReplayed: headers.get('idempotent-replayed') === 'true' };
}

/** Publishes a batch, all or nothing. Throws `Failure` with the line that the server refused. */
export async function publishBatch(deps: PublishDeps, tenant: string, batch: Batch): Promise<PublishedBatch> {
  const body = `{"events":[${batch.map(({ json }) => json).join(',')}]}`;
  try {
    const send = () => deps.client.publish('publishBatch', tenant, body);
    return (await sendWithRetry(deps, send)).value;
  } catch (error) {
    throw nameLine(error, batch);
  }
}

async function sendWithRetry<T>(deps: PublishDeps, send: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ;) {
    try {
      return await send();
    } catch (error) {
      // Only a 503 guarantees that nothing was published: sending again cannot publish twice.
      if (!(error instanceof ApiFailure) || error.status !== 503 || waitedMs >= waitTotalMsMax) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? waitMsDefault, waitMsDefault);
      deps.onWait(waitMs);
      await deps.clock.sleep(waitMs);
      waitedMs += waitMs;
    }
  }
}

/** Replaces the server's index in the batch (from 0) by the line in the input. */
function nameLine(error: unknown, batch: Batch): unknown {
  if (!(error instanceof ApiFailure)) return error;
  const problems = (error.problem?.errors ?? []).map(({ field, message }) => {
    const [, index, rest] = /^events\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    const event = index === undefined && batch.length === 1 ? batch[0] : batch[Number(index ?? -1)];
    const name = index === undefined ? field : (rest ?? '');
    return event === undefined ? null : `${event.place}: ${name === '' ? '' : `${name}: `}${message}`;
  });
  const [first, ...others] = problems.filter((line) => line !== null);
  const { hint } = error;
  if (first !== undefined) return new Failure(first, { hint, details: others, cause: error });
  return new Failure(`${rangeOf(batch)}: ${error.message}`, { hint, details: error.details, cause: error });
}

function rangeOf(batch: Batch): string {
  const [first, last] = [batch[0]?.place ?? '', batch.at(-1)?.place ?? ''];
  return first === last ? first : `${first} to ${last}`;
}
