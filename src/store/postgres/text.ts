// Postgres has no NUL in text, and ids of events and ordering keys may hold one (a key can come from a
// payload). They are written with an escape, so that texts that differ stay different.
const nul = '\u0000';
const escape = '\u0001';

/** A text as it is stored. Half a surrogate pair has no UTF-8: it becomes U+FFFD. */
export function toStored(text: string): string {
  const whole = text.toWellFormed();
  if (!whole.includes(nul) && !whole.includes(escape)) return whole;
  return whole.replaceAll(escape, `${escape}1`).replaceAll(nul, `${escape}0`);
}

/** The text that was stored. */
export function fromStored(text: string): string {
  if (!text.includes(escape)) return text;
  return text.replaceAll(`${escape}0`, nul).replaceAll(`${escape}1`, escape);
}

/** A text for people, in which NUL means nothing. */
export function withoutNul(text: string): string {
  return text.includes(nul) ? text.replaceAll(nul, '\uFFFD') : text;
}
