/** The text that was stored: SQLite takes every text as it is. */
export function fromStored(text: string): string {
  return text;
}
