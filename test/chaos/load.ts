// Publisher of a chaos run. It is idempotent: every event has an id, and an event that was not answered 202 is sent again under
// the same id.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../support/api-client.ts';

export interface LoadShape {
  readonly endpoints: number;
  /** Number of endpoints that each event is delivered to. */
  readonly fanOut: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** An event that was answered 202. */
export interface Accepted {
  readonly id: string;
  /** Numbers of the endpoints that must receive it. */
  readonly endpoints: readonly number[];
  readonly orderingKey: string | null;
  /** Its position among the events of its publisher: each was accepted before the next was published. */
  readonly place: number;
}

export interface Load {
  readonly accepted: readonly Accepted[];
  /** When each of them was answered, in Unix ms. */
  readonly acceptedAt: readonly number[];
  /** How long each of them took, in ms from its first request. */
  readonly tookMs: readonly number[];
  /** How often each answer was received: see `nameOf`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Resolves when this fraction of all events is accepted. */
  reached(fraction: number): Promise<void>;
  /** Resolves at the next 202, or when there is none to come. */
  nextAccepted(): Promise<void>;
  /** Resolves when every event is accepted. Rejects when an event was answered 4xx, or refused for too long. */
  readonly done: Promise<void>;
}

export const tenant = 'acme';

/** Events per ordering key. A failed attempt delays its key by seconds, so there are many short queues and no long one. */
const keyLength = 4;
const retryMs = 50;
/** After this long without a 202, the publisher gives up. */
const refusedMsMax = 120_000;

/** The event types of an endpoint: `fanOut` of them, beginning with its own. */
export function typesOf(endpoint: number, { endpoints, fanOut }: LoadShape): string[] {
  return Array.from({ length: fanOut }, (_, n) => `chaos.${(endpoint + n) % endpoints}`);
}

/** The status of an answer; `503 without Retry-After` has its own name; `lost` for a connection that closed without an answer. */
function nameOf(answer: { status: number; retryAfter: string | null } | null): string {
  if (answer === null) return 'lost';
  return answer.status === 503 && answer.retryAfter === null
    ? '503 without Retry-After'
    : String(answer.status);
}

/** The longest time in ms without a 202 that began or ended from `from` to `to` (Unix ms). */
export function longestSilenceMs(acceptedAt: readonly number[], from: number, to: number): number {
  let longest = 0;
  for (const [index, at] of acceptedAt.entries()) {
    const before = acceptedAt[index - 1] ?? at;
    if (at >= from && before <= to) longest = Math.max(longest, at - before);
  }
  return longest;
}

/** `clients` returns those of the running API processes, and is called for every request. */
export function startLoad(shape: LoadShape, clients: () => readonly ApiClient[]): Load {
  const { endpoints, fanOut, perSecond, seconds } = shape;
  const total = perSecond * seconds;
  const accepted: Accepted[] = [];
  const acceptedAt: number[] = [];
  const tookMs: number[] = [];
  const answers = new Map<string, number>();
  let waiting: { count: number; resolve: () => void }[] = [];
  const startedAt = performance.now();
  const dueMs = (number: number): number => (number / perSecond) * 1000 - (performance.now() - startedAt);
  let next = 0;

  /** Returns how long it took. */
  const publish = async (id: string, body: object): Promise<number> => {
    const beganAt = performance.now();
    for (let attempt = 0; performance.now() < beganAt + refusedMsMax; attempt++) {
      if (attempt > 0) await sleep(retryMs);
      const all = clients();
      const client = all[(next + attempt) % all.length];
      if (client === undefined) continue;
      const answer = await client.call('POST', `/tenants/${tenant}/events`, body).catch(() => null);
      const name = nameOf(answer);
      answers.set(name, (answers.get(name) ?? 0) + 1);
      if (answer?.status === 202) return performance.now() - beganAt;
      if (answer !== null && answer.status < 500) throw new Error(`${id} was answered ${answer.status}`);
    }
    throw new Error(`${id} was refused for ${refusedMsMax / 1000} s`);
  };

  /** One publisher: publishes to the same endpoints, one event after the other. Half of the publishers use ordering keys. */
  const publishChain = async (chain: number): Promise<void> => {
    const type = chain % endpoints;
    const receivers = Array.from({ length: fanOut }, (_, n) => (type - n + endpoints) % endpoints);
    const hasKeys = Math.floor(chain / endpoints) % 2 === 0;
    for (let place = 0; next < total; place++) {
      await sleep(Math.max(0, dueMs(next++)));
      const id = `c${chain}-${place}`;
      const orderingKey = hasKeys ? `k${chain}-${Math.floor(place / keyLength)}` : null;
      const order = orderingKey === null ? {} : { orderingKey };
      const payload = { id, note: 'x'.repeat(300) };
      tookMs.push(await publish(id, { id, type: `chaos.${type}`, payload, ...order }));
      accepted.push({ id, endpoints: receivers, orderingKey, place });
      acceptedAt.push(Date.now());
      waiting = waiting.filter(({ count, resolve }) => {
        if (accepted.length >= count) resolve();
        return accepted.length < count;
      });
    }
  };

  // Two publishers for each endpoint, one of them with ordering keys.
  const done = Promise.all(Array.from({ length: endpoints * 2 }, (_, chain) => publishChain(chain))).then(
    () => {},
  );
  done.catch(() => {});
  const counted = (count: number): Promise<void> => {
    const arrived = new Promise<void>((resolve) => {
      if (accepted.length >= count) resolve();
      else waiting.push({ count, resolve });
    });
    return Promise.race([arrived, done]);
  };
  return {
    accepted,
    acceptedAt,
    tookMs,
    answers,
    reached: (fraction) => counted(Math.floor(total * fraction)),
    nextAccepted: () => counted(accepted.length + 1),
    done,
  };
}
