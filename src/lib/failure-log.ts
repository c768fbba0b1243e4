// Failures that repeat: while a database is down, each loop fails every second, for hours. The first of a kind is logged at once,
// and then one line a minute that says how many there were.
import type { Clock } from './clock.ts';

/** `event` is what the log calls it, `facts` are shown beside the error. */
export type LogFailure = (event: string, error: unknown, facts?: Readonly<Record<string, unknown>>) => void;

const everyMs = 60_000;
/** Of codes that are remembered; when there are more, all begin anew. */
const kindsMax = 100;

/** Two failures are of one kind when their event and the code of their error, or else its class, are the same. */
export function createFailureLog({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: { readonly error: (facts: object, event: string) => void };
}): LogFailure {
  const told = new Map<string, { readonly until: number; unlogged: number }>();
  return (event, error, facts = {}) => {
    const kind = `${event} ${kindOf(error)}`;
    const now = clock.now();
    const known = told.get(kind);
    if (known !== undefined && now < known.until) {
      known.unlogged++;
      return;
    }
    const repeated = known === undefined || known.unlogged === 0 ? {} : { repeated: known.unlogged };
    if (told.size >= kindsMax) told.clear();
    told.set(kind, { until: now + everyMs, unlogged: 0 });
    log.error({ ...facts, ...repeated, err: error }, event);
  };
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.name;
}
