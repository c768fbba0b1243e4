// The items of a score card in words: what is sent, and which answer is right.
import type { CheckItem, EndpointCheck } from '#contract/checks.ts';

interface ItemWords {
  readonly title: string;
  readonly sent: string;
  readonly expected: string;
}

const success = 'success';
const refusal = '400 to 499';

/** In the order in which they are made. */
const words: Readonly<Record<CheckItem['name'], ItemWords>> = {
  valid: { title: 'Valid event', sent: 'An event, signed as deliveries are.', expected: success },
  redirect: {
    title: 'Redirect',
    sent: 'The same request.',
    expected: 'none of 300 to 399',
  },
  repeated: { title: 'Same event twice', sent: 'The same event again, with the same id.', expected: success },
  'wrong-signature': {
    title: 'Wrong signature',
    sent: 'An event with the signature of other bytes.',
    expected: refusal,
  },
  'old-timestamp': {
    title: 'Old timestamp',
    sent: 'An event with a right signature of 10 minutes ago.',
    expected: refusal,
  },
  unsigned: { title: 'No signature', sent: 'An event without a signature.', expected: refusal },
  'unknown-type': {
    title: 'Unknown type',
    sent: 'An event of a type that is new to the receiver.',
    expected: success,
  },
  burst: { title: 'Burst', sent: '20 events at once.', expected: 'success for each' },
  'out-of-order': {
    title: 'Out of order',
    sent: 'An event, then one that happened a minute before it.',
    expected: 'success for both',
  },
  tls: { title: 'TLS', sent: 'The valid event over TLS 1.3 alone.', expected: 'TLS 1.3' },
};

export type ItemState = CheckItem['result'] | 'running' | 'waiting';

export interface ShownItem extends ItemWords {
  readonly name: string;
  readonly state: ItemState;
  /** Undefined until it is done. */
  readonly done: CheckItem | undefined;
}

/** All items of a check: what is done, the one that is made now, and those that wait. */
export function showItems({ state, items }: EndpointCheck): readonly ShownItem[] {
  const byName = new Map(items.map((item) => [item.name, item]));
  const all = Object.entries(words) as [CheckItem['name'], ItemWords][];
  const next = all.find(([name]) => !byName.has(name))?.[0];
  return all.map(([name, text]) => {
    const done = byName.get(name);
    const undone = state === 'running' && name === next ? 'running' : 'waiting';
    return { name, ...text, done, state: done?.result ?? undone };
  });
}

/** The server gives up a check that no process has finished within this time. */
const givenUpMs = 600_000;
/** A process that delivers begins a check within 2 s. */
const lateMs = 10_000;

export function isUnfinished({ state, createdAt }: EndpointCheck, now: number): boolean {
  return state !== 'finished' && now - Date.parse(createdAt) < givenUpMs;
}

/** Where a check is, in a sentence. */
export function describeCheck(check: EndpointCheck, now: number): string {
  const { state, items, passed, failed, skipped, createdAt } = check;
  if (state === 'finished' && passed + failed === 0) return 'The check could not be made.';
  if (state === 'finished') return `${passed} passed, ${failed} failed, ${skipped} skipped.`;
  if (!isUnfinished(check, now)) return 'No process has finished it within 10 minutes: it is given up.';
  if (state === 'running')
    return `It is running: ${items.length} of ${Object.keys(words).length} items are done.`;
  const isLate = now - Date.parse(createdAt) > lateMs;
  return isLate ? 'It still waits: no process that delivers has begun it.' : 'It is about to begin.';
}
