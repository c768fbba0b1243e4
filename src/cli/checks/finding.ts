// What one check of `carillon doctor` found.

export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** Null when there is nothing to do. */
  readonly advice: string | null;
}
