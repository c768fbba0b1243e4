// Sends events to the admin API, waiting where it asks to wait.
import type { PublishedBatch, PublishedEvent } from '#contract/events.ts';
import type { Clock } from '#lib/clock.ts';
import type { Batch } from './batches.ts';
import { type AdminClient, ApiFailure, at } from '../client.ts';
import { Failure } from '../failure.ts';

export interface PublishDeps {
  readonly client: AdminClient;
  readonly clock: Clock;
  /** The server has too much to do: told before each wait. */
  readonly onWait: (ms: number) => void;
}

/** What has been published so far. */
export interface PublishCount {
  events: number;
  /** Of these, published before under the same id. */
  replayed: number;
  deliveries: number;
}

/** Waits for this long in all for one request to be taken. */
const patienceMs = 5 * 60_000;
const waitMsDefault = 1000;

/** Publishes one event. Answers it, and whether it had been published before. */
export async function publishOne(
  deps: PublishDeps,
  tenant: string,
  json: string,
): Promise<{ event: PublishedEvent; isReplayed: boolean }> {
  const path = at`/tenants/${tenant}/events`;
  const { value, headers } = await sendPatiently(deps, () => deps.client.post<PublishedEvent>(path, json));
  return { event: value, isReplayed: headers.get('idempotent-replayed') === 'true' };
}

/** Publishes a batch: all of it, or a `Failure` that names the line and none of it. */
export async function publishBatch(deps: PublishDeps, tenant: string, batch: Batch): Promise<PublishedBatch> {
  const path = at`/tenants/${tenant}/events/batch`;
  const body = `{"events":[${batch.map(({ json }) => json).join(',')}]}`;
  try {
    const { value } = await sendPatiently(deps, () => deps.client.post<PublishedBatch>(path, body));
    return value;
  } catch (error) {
    throw nameLine(error, batch);
  }
}

async function sendPatiently<T>(deps: PublishDeps, send: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ;) {
    try {
      return await send();
    } catch (error) {
      // A 503 was not taken: sending it again cannot publish it twice. No other failure says so.
      if (!(error instanceof ApiFailure) || error.status !== 503 || waitedMs >= patienceMs) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? waitMsDefault, waitMsDefault);
      deps.onWait(waitMs);
      await deps.clock.sleep(waitMs);
      waitedMs += waitMs;
    }
  }
}

/** The server counts the events of a batch from 0; people count lines. */
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
