/** The number of a text; the text itself when it is none: the server says what is wrong with it. */
export function readNumber(text: string): number | string {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

/** The same, and null for nothing. */
export function readOptionalNumber(text: string): number | string | null {
  return text.trim() === '' ? null : readNumber(text);
}
