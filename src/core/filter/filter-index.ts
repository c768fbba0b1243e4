// The filters of many endpoints by what they ask to be equal: an event is shown to those that ask for what it has, and to
// those that ask for nothing equal.
import { type Equality, type Found, pathReader } from './equalities.ts';
import type { Matcher } from './filter.ts';
import type { Scalar } from './operators.ts';
import type { Subject } from './subject.ts';

export class FilterIndex {
  readonly #matchers: readonly (Matcher | null)[];
  readonly #groups: readonly Group[];
  /** Places of the matchers that are in no group. */
  readonly #others: readonly number[];

  /** Null for an endpoint without a filter, which every event matches. */
  constructor(matchers: readonly (Matcher | null)[]) {
    this.#matchers = matchers;
    const chosen = chooseEqualities(matchers);
    this.#groups = group(chosen);
    this.#others = chosen.flatMap((equality, place) => (equality === null ? [place] : []));
  }

  /** The places of those that match, ascending. */
  matching(subject: Subject): readonly number[] {
    const asked = this.#groups.flatMap((one) => select(one, one.read(subject)));
    // A loop: without equalities, each publication asks every filter of the tenant.
    const places: number[] = [];
    for (const list of [this.#others, asked]) {
      for (const place of list) if (this.#matchers[place]?.matches(subject) ?? true) places.push(place);
    }
    return places.sort((a, b) => a - b);
  }
}

/** The filters that ask for something equal at one path. */
interface Group {
  readonly read: (subject: Subject) => Found;
  readonly places: readonly number[];
  readonly byKey: ReadonlyMap<Scalar, readonly Keyed[]>;
}

interface Keyed {
  readonly key: Scalar;
  readonly place: number;
}

/** The places of those that this value does not exclude. */
function select({ places, byKey }: Group, found: Found): readonly number[] {
  if (found === 'several') return places;
  return found === 'missing' ? [] : (byKey.get(found.key) ?? []).map(({ place }) => place);
}

/** Of each filter the equality at the path where the filters differ most; null where it has none. */
function chooseEqualities(matchers: readonly (Matcher | null)[]): readonly (Equality | null)[] {
  const all = matchers.flatMap((matcher) => matcher?.equalities ?? []);
  const keysAt = new Map<string, number>();
  for (const [path, equalities] of Map.groupBy(all, nameOf)) {
    keysAt.set(path, new Set(equalities.flatMap(({ keys }) => [...keys])).size);
  }
  const byKeys = (a: Equality, b: Equality): number =>
    (keysAt.get(nameOf(b)) ?? 0) - (keysAt.get(nameOf(a)) ?? 0);
  return matchers.map((matcher) => matcher?.equalities.toSorted(byKeys)[0] ?? null);
}

function group(chosen: readonly (Equality | null)[]): readonly Group[] {
  const members = chosen.flatMap((equality, place) => (equality === null ? [] : [{ equality, place }]));
  const byPath = Map.groupBy(members, ({ equality }) => nameOf(equality));
  return [...byPath.values()].map((some) => {
    const keyed = some.flatMap(({ equality, place }) => [...equality.keys].map((key) => ({ key, place })));
    return {
      read: pathReader(some[0]?.equality.path ?? []),
      places: some.map(({ place }) => place),
      byKey: Map.groupBy(keyed, ({ key }) => key),
    };
  });
}

function nameOf({ path }: Equality): string {
  return JSON.stringify(path);
}
