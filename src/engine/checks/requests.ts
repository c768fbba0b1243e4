// The requests of a check: as those of deliveries, by the settings and the dialect of the endpoint, and some that are signed
// wrongly on purpose. `Dialect.sign` is pure, so that a wrong signature is a right one of other bytes, and an old one is a
// right one of another time: no dialect says how to sign wrongly. Nothing of it counts in the endpoint's health.
import type { Reply } from '#core/attempt.ts';
import type { EndpointCheck } from '#core/check.ts';
import type { Event } from '#core/event.ts';
import type { Message, WireHeaders } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import { encodeJson, type JsonValue } from '#lib/json.ts';
import type { ConnectionTerms } from '#sending/connection-terms.ts';
import type { Sender } from '#sending/send.ts';
import { joinHeaders } from '../attempt.ts';
import { type ContentDeps, prepareAnew } from '../content.ts';
import type { Target } from '../targets.ts';

export interface RequestDeps extends Pick<ContentDeps, 'transforms' | 'limits' | 'metrics'> {
  readonly sender: Sender;
  readonly clock: Clock;
}

/** `wrong`: the signature is that of other bytes. `old`: signed for a time that has passed. `none`: not signed. */
export type Signing = 'right' | 'wrong' | 'old' | 'none';

/** What came of a request, or why none was made. */
export type Ending = Reply | { readonly kind: 'not-sent'; readonly why: string };

export interface Draft {
  readonly type?: string;
  readonly payload?: JsonValue;
  /** How long ago it happened. */
  readonly agoMs?: number;
}

export interface CheckRequests {
  readonly target: Target;
  /** Another event on each call. */
  event(draft?: Draft): Event;
  send(
    event: Event,
    options?: { readonly signing?: Signing; readonly connection?: ConnectionTerms | null },
  ): Promise<Ending>;
  /** Which of the signings differ from a right one: none where the endpoint has no secret, and an old one where no time is signed. */
  signings(event: Event): Promise<ReadonlySet<Signing>>;
}

/** More than the 5 minutes that receivers allow by the specification. */
const oldMs = 600_000;

/** Marks the requests of a check for people: it is not signed, and says nothing of what is expected. */
const markName = 'Carillon-Check';

export function createRequests(
  deps: RequestDeps,
  check: EndpointCheck,
  target: Target,
  deadline: number,
): CheckRequests {
  const { clock } = deps;
  let made = 0;
  return {
    target,
    event(draft = {}) {
      made++;
      return makeEvent(check, target, { ...draft, place: made, now: clock.now() });
    },
    async send(event, { signing = 'right', connection = target.terms.connection } = {}) {
      const leftMs = deadline - clock.now();
      if (leftMs <= 0) return notSent('The time for a check was over.');
      const prepared = await prepareAnew(deps, { event }, target);
      if (prepared.kind === 'canceled') return notSent('The transform of the endpoint cancels this event.');
      if (prepared.kind === 'failed') return notSent(prepared.message);
      if (prepared.kind !== 'load') return notSent('The server could not make the request now.');
      const { load } = prepared;
      const message = messageOf(load.event, target);
      const signed = await sign(target, message, signing, clock.now());
      const { sent } = joinHeaders({ ...signed, [markName]: check.id }, target.terms, load.headers);
      const timeoutMs = Math.min(target.terms.policy.timeoutMs, leftMs);
      const ending = await deps.sender.send({
        url: load.url,
        headers: sent,
        body: message.payload,
        timeoutMs,
        terms: connection,
      });
      return ending.kind === 'unsent' ? notSent('The server could not make the request now.') : ending;
    },
    async signings(event) {
      const now = clock.now();
      const message = messageOf(event, target);
      const print = async (signing: Signing): Promise<string> =>
        JSON.stringify(await sign(target, message, signing, now));
      const right = await print('right');
      const others: readonly Signing[] = ['wrong', 'old', 'none'];
      const differing = await Promise.all(
        others.map(async (signing) => ((await print(signing)) === right ? [] : [signing])),
      );
      return new Set(differing.flat());
    },
  };
}

function notSent(why: string): Ending {
  return { kind: 'not-sent', why };
}

function makeEvent(
  { id, tenant, mode, eventType, payload: usual }: EndpointCheck,
  { dialect }: Target,
  { type = eventType, payload = usual, agoMs = 0, place, now }: Draft & { place: number; now: number },
): Event {
  return {
    seq: 0,
    id: `${id}_${place}`,
    tenant,
    mode,
    type,
    payload: encodeJson(payload),
    orderingKey: dialect.events.orderingKey(type, payload),
    occurredAt: now - agoMs,
    createdAt: now,
    traceparent: null,
    metadata: {},
    // Far from the numbers of events, which count from 1: a receiver that has noted these takes none of those for a repetition.
    number: dialect.numbersEvents === true ? now + place : null,
  };
}

function messageOf(event: Event, { dialect, endpoint, secrets }: Target): Message {
  return { event, endpoint, payload: dialect.render(event, endpoint), secrets };
}

async function sign(
  { dialect }: Target,
  message: Message,
  signing: Signing,
  now: number,
): Promise<WireHeaders> {
  switch (signing) {
    case 'old':
      return dialect.sign(message, now - oldMs);
    case 'wrong':
      return dialect.sign({ ...message, payload: Buffer.concat([message.payload, Buffer.from(' ')]) }, now);
    case 'none': {
      const names = new Set(Object.keys(dialect.docs.deliveries.headers).map((name) => name.toLowerCase()));
      const signed = Object.entries(await dialect.sign(message, now));
      return Object.fromEntries(signed.filter(([name]) => !names.has(name.toLowerCase())));
    }
    default:
      return dialect.sign(message, now);
  }
}
