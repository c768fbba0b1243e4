// Whose form a refusal has when no route matches: the dialect whose paths begin like this one. Where the paths of one
// dialect lie among those of another, the credential of the request decides.
import { Fault } from '#core/fault.ts';
import type { Dialect, WireRequest } from '#dialects/dialect.ts';

/** Finds the dialect in whose form a request without a route is refused; null for none. */
export type FindDialect = (request: WireRequest) => Dialect | null;

/** The segments with which paths of a dialect begin. */
interface Territory {
  readonly dialect: Dialect;
  readonly beginning: readonly string[];
}

export function createFindDialect(dialects: readonly Dialect[]): FindDialect {
  const territories = dialects.flatMap(territoriesOf).sort((a, b) => b.beginning.length - a.beginning.length);
  return (request) => {
    const segments = segmentsOf(request.path);
    const owner = territories.find(({ beginning }) => startsWith(segments, beginning));
    if (owner === undefined) return null;
    // The owner comes first: another dialect must recognize more of the request than it does.
    const inside = territories.filter(
      (territory) => territory !== owner && startsWith(territory.beginning, owner.beginning),
    );
    return [owner, ...inside]
      .map(({ dialect }) => ({ dialect, strength: strengthOf(dialect, request) }))
      .reduce((best, next) => (next.strength > best.strength ? next : best)).dialect;
  };
}

/** A dialect may be mounted under several prefixes; each has a beginning of its own. */
function territoriesOf(dialect: Dialect): readonly Territory[] {
  const paths = dialect.operations.map(({ path }) => path);
  const groups = Object.values(Object.groupBy(paths, (path) => segmentsOf(path)[0] ?? ''));
  return groups
    .map((group) => ({ dialect, beginning: sharedSegments(group ?? []) }))
    .filter(({ beginning }) => beginning.length > 0);
}

/** How much the request looks like one of a client of this dialect. */
function strengthOf(dialect: Dialect, request: WireRequest): 0 | 1 | 2 {
  try {
    dialect.authenticate(request);
    return 2;
  } catch (error) {
    return error instanceof Fault && error.code !== 'key_missing' ? 1 : 0;
  }
}

function startsWith(segments: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((segment, index) => segment === segments[index]);
}

/** The segments with which all paths begin, up to the first parameter. */
function sharedSegments(paths: readonly string[]): readonly string[] {
  const [first = [], ...others] = paths.map(segmentsOf);
  const end = first.findIndex(
    (segment, index) => segment.includes('{') || others.some((other) => other[index] !== segment),
  );
  return end === -1 ? first : first.slice(0, end);
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}
