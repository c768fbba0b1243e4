// The feed and the tail of several databases: each in its own order, merged by time. A position has how far each has come, so what one
// cannot tell now comes later.
import type { AttemptTail, TailFilter } from '#core/commands.ts';
import type { Event } from '#core/event.ts';
import type { Position } from '#core/position.ts';
import type { WideScope } from '#core/tenant.ts';
import { sizeOf } from '../cursor.ts';
import type { FeedRead, ReadStore } from '../store.ts';
import { followMoves, readPositions, writePositions } from './positions.ts';
import type { Found, Routes } from './routes.ts';

interface Bounds {
  readonly limit: number;
  readonly bytesMax: number;
}

export async function readFeed<S extends ReadStore>(
  routes: Routes<S>,
  scope: WideScope,
  after: Position | null,
  bounds: Bounds,
  now: number,
): Promise<FeedRead> {
  await routes.confirmMap();
  const from = followMoves(readPositions(after), routes.map, scope.tenant !== null);
  const found = await routes.usable(
    (store, { number }) => store.events.feed(scope, from.get(number) ?? null, bounds, now),
    routes.placesOf(scope.tenant),
  );
  return merge(found, new Map(from), bounds);
}

/** `reached` are the positions behind what was taken. */
function merge<S>(
  found: readonly Found<S, FeedRead>[],
  reached: Map<number, number>,
  { limit, bytesMax }: Bounds,
): FeedRead {
  const sources = found.map(({ partition, result }) => ({ number: partition.number, result, taken: 0 }));
  const events: Event[] = [];
  const positions: Position[] = [];
  for (let bytes = 0; events.length < limit;) {
    const heads = sources.filter(({ result, taken }) => taken < result.events.length);
    const [next] = heads.toSorted((a, b) => timeOf(a) - timeOf(b));
    const event = next?.result.events[next.taken];
    if (next === undefined || event === undefined) break;
    bytes += sizeOf(event);
    if (bytes > bytesMax && events.length > 0) break;
    events.push(event);
    reached.set(next.number, Number(next.result.positions[next.taken++]));
    positions.push(writePositions(reached));
  }
  const isCut = ({ result, taken }: (typeof sources)[number]): boolean =>
    result.isMore || taken < result.events.length;
  for (const source of sources) {
    if (!isCut(source)) reached.set(source.number, Number(source.result.position));
  }
  return { events, positions, position: writePositions(reached), isMore: sources.some(isCut) };
}

function timeOf({ result, taken }: { readonly result: FeedRead; readonly taken: number }): number {
  return result.events[taken]?.createdAt ?? Infinity;
}

export async function tailAttempts<S extends ReadStore>(
  routes: Routes<S>,
  scope: WideScope,
  filter: TailFilter,
  { after, seen }: { readonly after: Position | null; readonly seen: readonly string[] },
): Promise<AttemptTail> {
  const from = readPositions(after);
  const reached = new Map(from);
  const found = await routes.usable(
    (store, { number }) =>
      store.deliveries.tailAttempts(scope, filter, { after: from.get(number) ?? null, seen }),
    routes.placesOf(scope.tenant),
  );
  for (const { partition, result } of found) reached.set(partition.number, Number(result.position));
  const results = found.map(({ result }) => result);
  return {
    items: results.flatMap(({ items }) => items).sort((a, b) => a.startedAt - b.startedAt),
    position: writePositions(reached),
    seen: results.flatMap((one) => one.seen),
    isCut: results.some(({ isCut }) => isCut),
  };
}
