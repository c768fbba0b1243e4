// What both stores say SQL and its failures with.

/** What went wrong with the database itself, and what to do about it, in one line. */
export class StoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
  }
}

/** Marks SQL text for editors and for the test that keeps SQL in its room. */
export function sql(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: strings }, ...values);
}

/** A column that holds JSON, as this room has written it. */
export function parseJson<Value>(text: string): Value {
  return JSON.parse(text) as Value;
}
