// The terms of a replay as they are typed, and as they are sent.
import type { CreateReplay } from '#contract/replays.ts';
import type { Mode } from '#contract/schema.ts';
import { readPoint } from '#web/lib/time-range.ts';

export const replayStates = ['exhausted', 'held', 'canceled', 'delivered', 'pending'] as const;
export type ReplayState = (typeof replayStates)[number];

export interface ReplayDraft {
  /** Empty: all. */
  readonly endpoint: string;
  readonly states: readonly ReplayState[];
  /** Names separated by commas; empty: all. */
  readonly types: string;
  /** As `datetime-local` fields have it: without a zone, in that of the reader. */
  readonly since: string;
  readonly until: string;
  readonly rate: number;
  readonly includeDisabled: boolean;
}

const dayMs = 86_400_000;

/** From the query of the URL; a range that it does not give is the last day. */
export function draftOf(search: {
  endpoint?: string | undefined;
  states?: string | undefined;
  types?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}): ReplayDraft {
  const named = (search.states ?? 'exhausted').split(',');
  const states = replayStates.filter((state) => named.includes(state));
  const now = Date.now();
  const point = (text: string | undefined, otherwise: number): string =>
    toLocal(
      text === undefined
        ? new Date(otherwise).toISOString()
        : (readPoint(text, now) ?? new Date(otherwise).toISOString()),
    );
  return {
    endpoint: search.endpoint ?? '',
    states: states.length === 0 ? ['exhausted'] : states,
    types: search.types ?? '',
    since: point(search.since, now - dayMs),
    // The field has minutes: the next one, so that nothing of this minute is left out.
    until: point(search.until, now + 60_000),
    rate: 50,
    includeDisabled: false,
  };
}

export function toTerms(draft: ReplayDraft, mode: Mode): CreateReplay {
  const { endpoint, states, types, since, until, rate, includeDisabled } = draft;
  const eventTypes = types.split(/[\s,]+/).filter((type) => type !== '');
  return {
    mode,
    states: [...states],
    since: toUtc(since),
    until: toUtc(until),
    ratePerSecond: rate,
    includeDisabled,
    ...(endpoint === '' ? {} : { endpoint }),
    ...(eventTypes.length === 0 ? {} : { eventTypes }),
  };
}

function toLocal(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Empty for an empty field: the server says what is missing. */
function toUtc(local: string): string {
  const at = Date.parse(local);
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}
