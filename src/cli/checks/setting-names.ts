// Mistyped names of settings in the environment: such a setting has no effect, and nothing else says so.
import { settings } from '#config.ts';
import type { Environment } from '../cli.ts';

export interface UnknownSetting {
  readonly name: string;
  /** The known name that is nearest; null when none is near. */
  readonly meant: string | null;
}

const known = [
  ...settings.flatMap(({ name, isSecret }) => (isSecret === true ? [name, `${name}_FILE`] : [name])),
  'CARILLON_SERVER',
  'CARILLON_PROFILE',
];
const ours = known.filter((name) => name.startsWith('CARILLON_'));
/** Kubernetes sets these in every pod beside a service named carillon. */
const serviceLinks = /^CARILLON_(?:\w+_)?(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_\d+_(?:TCP|UDP)\w*)?)$/;
/** The edits that a mistyped name may be away from the one that was meant: a third of what is behind CARILLON_. */
const editsMax = (name: string): number => Math.max(1, Math.floor((name.length - 'CARILLON_'.length) / 3));

/** Variables that begin with CARILLON_, nearly so, or in lower case, and are no settings. */
export function findUnknownSettings(environment: Environment): readonly UnknownSetting[] {
  return Object.keys(environment)
    .filter((name) => environment[name] !== undefined && !known.includes(name) && !serviceLinks.test(name))
    .map((name) => ({ name, meant: findNearest(name) }))
    .filter(({ name, meant }) => name.startsWith('CARILLON_') || meant !== null);
}

export function describeUnknown({ name, meant }: UnknownSetting): string {
  const question = meant === null ? '' : `; did you mean ${meant}?`;
  return `${name} is not a setting and has no effect${question}`;
}

function findNearest(name: string): string | null {
  const upper = name.toUpperCase();
  const [nearest] = ours
    .filter((one) => Math.abs(one.length - upper.length) <= editsMax(upper))
    .map((one) => ({ one, edits: countEdits(upper, one) }))
    .filter(({ edits }) => edits <= editsMax(upper))
    .toSorted((a, b) => a.edits - b.edits);
  return nearest?.one ?? null;
}

/** Levenshtein distance. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [above, letter] of Array.from(from).entries()) {
    const next = [above + 1];
    for (const [left, other] of Array.from(to).entries()) {
      const replaced = (row[left] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[left + 1] ?? 0) + 1, (next[left] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
