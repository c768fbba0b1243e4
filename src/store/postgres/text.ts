// Postgres has no NUL in text, and ids of events and ordering keys may hold one (a key can come from a payload). They are
// stored with an escape, so that texts that differ stay different.
import type { Fragments } from '../records/engine.ts';
import type { StoredText } from '../records/event-rows.ts';
import { sql } from '../sql.ts';

const nul = '\u0000';
const escape = '\u0001';

/** A lone surrogate has no UTF-8: it becomes U+FFFD. */
export function toStored(given: string): string {
  const whole = given.toWellFormed();
  if (!whole.includes(nul) && !whole.includes(escape)) return whole;
  return whole.replaceAll(escape, `${escape}1`).replaceAll(nul, `${escape}0`);
}

function fromStored(stored: string): string {
  if (!stored.includes(escape)) return stored;
  return stored.replaceAll(`${escape}0`, nul).replaceAll(`${escape}1`, escape);
}

export const text: StoredText = { toStored, fromStored };

/** A text for people, in which NUL has no meaning. */
export function withoutNul(given: string): string {
  return given.includes(nul) ? given.replaceAll(nul, '\uFFFD') : given;
}

export const anyOf: Fragments['anyOf'] = (values) => sql`= any(${values})`;
