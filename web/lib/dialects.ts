// What the dialects of this server do where an endpoint says nothing. A test compares it with the dialects themselves.

export interface DialectDefaults {
  readonly timeoutMs: number;
  /** Attempts of the schedule, the first one included. */
  readonly attempts: number;
  /** From the first attempt to the last one, without jitter. */
  readonly spanMs: number;
  /** When failures disable an endpoint. */
  readonly disabling: string;
  /** Who has the signing secret: each endpoint, or the tenant for all of its own. */
  readonly secretOwner: 'endpoint' | 'tenant';
}

const afterFiveDays = 'after 5 days of nothing but failures';
const threeDays = {
  attempts: 10,
  spanMs: 272_105_000,
  disabling: afterFiveDays,
  secretOwner: 'endpoint',
} as const;

const defaults: ReadonlyMap<string, DialectDefaults> = new Map([
  ['standard', { timeoutMs: 20_000, ...threeDays }],
  ['diddo', { timeoutMs: 20_000, ...threeDays }],
  ['spritz', { timeoutMs: 15_000, ...threeDays, secretOwner: 'tenant' }],
  [
    'calypso',
    {
      timeoutMs: 15_000,
      attempts: 20,
      spanMs: 328_350_000,
      disabling: 'after 100 failures within 10 minutes',
      secretOwner: 'endpoint',
    },
  ],
  [
    'chip',
    { timeoutMs: 20_000, attempts: 8, spanMs: 131_160_000, disabling: 'never', secretOwner: 'endpoint' },
  ],
]);

/** Undefined for a dialect that the pages do not know. */
export function defaultsOf(dialect: string | undefined): DialectDefaults | undefined {
  return dialect === undefined ? undefined : defaults.get(dialect);
}
