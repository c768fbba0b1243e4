// The items of a check, in their order: what is sent to the receiver, what is expected of it, and what to do when it answers
// otherwise. One after the other, so that a receiver gets more than one request at a time from the burst alone.
import type { CheckItem, CheckItemName, CheckVerdict } from '#core/check.ts';
import type { Event } from '#core/event.ts';
import { isSelected } from '#core/event-types.ts';
import { createConnectionTerms } from '#sending/connection-terms.ts';
import { accept, type Finding, judgeAccepted, judgeRedirect, judgeRefused, skip } from './judge.ts';
import type { CheckRequests, Ending, Signing } from './requests.ts';

const burstSize = 20;
/** How much earlier the second of a pair happened than the first. */
const pairMs = 60_000;

/** `note` gets all items that are done, after each but the last. */
export async function makeItems(
  requests: CheckRequests,
  note: (items: readonly CheckItem[]) => Promise<void>,
): Promise<readonly CheckItem[]> {
  const event = requests.event();
  const ending = await requests.send(event);
  const valid = judgeAccepted(ending, requests.target);
  const first = [named('valid', valid), named('redirect', judgeRedirect(ending))];
  const names = Object.keys(others) as (keyof typeof others)[];
  if (valid.result !== 'passed') {
    const skipped = skip('The valid event was not accepted: the answer to this one would say nothing.');
    return [...first, ...names.map((name) => named(name, skipped))];
  }
  const items: CheckItem[] = [...first];
  for (const name of names) {
    await note(items);
    items.push(named(name, await others[name](requests, event)));
  }
  return items;
}

type MakeItem = (requests: CheckRequests, event: Event) => Promise<Finding>;

const others: Readonly<Record<Exclude<CheckItemName, 'valid' | 'redirect'>, MakeItem>> = {
  repeated: async (requests, event) => {
    const fix =
      'Answer a repetition as the first time: keep the ids of events, and do nothing for one that is known.';
    return accept(await requests.send(event), requests.target, fix);
  },
  'wrong-signature': (requests) =>
    refusal(
      requests,
      'wrong',
      'Compute the signature of the exact bytes of the body, and answer 401 when it differs.',
    ),
  'old-timestamp': (requests) =>
    refusal(
      requests,
      'old',
      'Refuse a request whose signed time is more than 5 minutes from now, with 400 or 401.',
    ),
  unsigned: (requests) => refusal(requests, 'none', 'Answer 401 to a request without a signature.'),
  'unknown-type': sendUnknownType,
  burst: sendBurst,
  'out-of-order': async (requests) => {
    const older = requests.event({ agoMs: pairMs });
    const newer = requests.event();
    const fix =
      'Accept an event that is older than one before it: order by the time or the state in the payload.';
    const one = accept(await requests.send(newer), requests.target, fix);
    return one.result === 'passed' ? accept(await requests.send(older), requests.target, fix) : one;
  },
  tls: findTlsVersion,
};

function named(name: CheckItemName, finding: Finding): CheckItem {
  return { name, ...finding };
}

const whyNot: Readonly<Record<Signing, string>> = {
  right: '',
  wrong: 'Deliveries to this endpoint are not signed: it has no secret.',
  none: 'Deliveries to this endpoint are not signed: it has no secret.',
  old: 'No time is signed in this form of deliveries.',
};

async function refusal(requests: CheckRequests, signing: Signing, fix: string): Promise<Finding> {
  const event = requests.event();
  const signings = await requests.signings(event);
  if (!signings.has(signing)) return skip(whyNot[signing]);
  return judgeRefused(await requests.send(event, { signing }), fix);
}

async function sendUnknownType(requests: CheckRequests): Promise<Finding> {
  const event = makeUnknown(requests);
  if (event === null) return skip('The endpoint receives all event types of this platform.');
  const fix =
    'Answer with success to event types that you do not know, and do nothing: there will be new ones.';
  return accept(await requests.send(event), requests.target, fix);
}

/** Of a type that there is not, or where a dialect renders its own types only, of one that the endpoint does not select. */
function makeUnknown(requests: CheckRequests): Event | null {
  const { dialect, endpoint } = requests.target;
  const unselected = dialect.events.samples.find(({ type }) => !isSelected(endpoint.eventTypes, type));
  const drafts = [{ type: 'carillon.unknown' }, ...(unselected === undefined ? [] : [unselected])];
  for (const draft of drafts) {
    const event = requests.event(draft);
    try {
      dialect.render(event, endpoint);
      return event;
    } catch {
      // Not a type that it can render.
    }
  }
  return null;
}

/** At once, but for the limits of the endpoint. */
async function sendBurst(requests: CheckRequests): Promise<Finding> {
  const { target } = requests;
  const { rateLimit, inFlightMax = burstSize } = target.endpoint.settings;
  if (rateLimit !== undefined) return skip('The endpoint has a rate limit: it gets no bursts.');
  const waiting = Array.from({ length: burstSize }, () => requests.event());
  const endings: Ending[] = [];
  const lane = async (): Promise<void> => {
    for (let event = waiting.pop(); event !== undefined; event = waiting.pop()) {
      endings.push(await requests.send(event));
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlightMax, burstSize) }, lane));
  return judgeBurst(endings.map((ending) => judgeAccepted(ending, target)));
}

function judgeBurst(findings: readonly Finding[]): Finding {
  const accepted = findings.filter(({ result }) => result === 'passed');
  const times = findings.map(({ durationMs }) => durationMs ?? 0).toSorted((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? 0;
  const result: CheckVerdict = accepted.length === findings.length ? 'passed' : 'failed';
  const failed = findings.find((one) => one.result !== 'passed');
  const seen = `${accepted.length} of ${findings.length} were accepted, 95 % within ${Math.round(p95)} ms.`;
  return {
    result,
    seen: failed === undefined ? seen : `${seen} One ended so: ${failed.seen}`,
    fix:
      failed === undefined
        ? null
        : 'Put events in a queue and answer at once, or set `rateLimit` or `inFlightMax` of the endpoint to what the receiver takes.',
    durationMs: times.at(-1) ?? null,
  };
}

/** Which version is agreed on: the valid event is sent again on a connection of the newest version alone. */
async function findTlsVersion(requests: CheckRequests, event: Event): Promise<Finding> {
  const { endpoint, terms } = requests.target;
  if (!endpoint.url.startsWith('https:')) {
    return { ...skip('The URL is http: nothing is encrypted.'), fix: 'Use an https: URL for real events.' };
  }
  const { tls = null, egress = null } = terms.connection ?? {};
  const connection = createConnectionTerms({ ...tls, minVersion: 'TLSv1.3' }, egress);
  const ending = await requests.send(event, { connection });
  if (ending.kind === 'answered') return { ...passed('TLS 1.3.'), durationMs: ending.durationMs };
  if (ending.kind === 'failed' && ending.error === 'tls_failed') {
    return { ...passed('TLS 1.2.'), fix: 'Turn on TLS 1.3, which connects in fewer round trips.' };
  }
  return skip('The version could not be found out.');
}

function passed(seen: string): Finding {
  return { result: 'passed', seen, fix: null, durationMs: null };
}
