// The newest attempts, for those who watch: what was recorded since a position, oldest first. Numbers follow the order of
// recording within a process; of several processes one may appear below others. So a window below the position is read again,
// and what the caller has seen of it is left out.
import type { AttemptTail, TailFilter } from '#core/commands.ts';
import type { Position } from '#core/position.ts';
import type { WideScope } from '#core/tenant.ts';
import { type HeadRow, readHead } from './attempt-rows.ts';
import type { Reader } from './engine.ts';
import type { AttemptOwner } from './found-attempts.ts';
import { all, type Work } from './work.ts';

/** Attempts that one statement reads, and one answer beyond the window: what is more is told as missed. */
const rowsPerStep = 250;
const rowsPerAnswer = 1000;

export function* tailAttempts(
  reader: Reader,
  scope: WideScope,
  filter: TailFilter,
  from: { readonly after: Position | null; readonly seen: readonly string[] },
): Work<AttemptTail> {
  const { seen } = from;
  // Nothing keeps a position for long: what is not a number here is of before a change of the databases.
  const after = typeof from.after === 'number' ? from.after : null;
  const overlap = reader.find.attemptOverlap;
  let floor = after === null ? null : after - overlap;
  const heads: HeadRow[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  let position = after ?? 0;
  let isCut = false;
  for (;;) {
    const rows = yield* reader.find.attemptHeads(scope, filter.endpoint ?? null, before, rowsPerStep);
    const [newest] = rows;
    const last = rows.at(-1);
    position = Math.max(position, newest?.seq ?? 0);
    floor ??= position - overlap;
    const lowest = floor;
    const inside = rows.filter(({ seq }) => seq > lowest);
    heads.push(...inside);
    if (last === undefined || inside.length < rows.length || rows.length < rowsPerStep) break;
    isCut = heads.length >= rowsPerAnswer + overlap;
    if (isCut) break;
    before = last.seq;
  }
  const known = new Set(seen);
  const fresh = heads.filter(({ id }) => !known.has(id)).toReversed();
  const inWindow = heads.filter(({ seq }) => seq > position - overlap).map(({ id }) => id);
  if (after === null) return { items: [], position, seen: inWindow, isCut: false };
  return { items: yield* find(reader, scope, filter, fresh), position, seen: inWindow, isCut };
}

function* find(
  { find: finders, text }: Reader,
  { tenant: one, tenants, mode }: WideScope,
  { outcome, eventType }: TailFilter,
  heads: readonly HeadRow[],
): Work<AttemptTail['items']> {
  const matching = heads.filter((head) => outcome === undefined || head.outcome === outcome);
  if (matching.length === 0) return [];
  const owners = yield* all<AttemptOwner>(finders.attemptOwners(matching));
  const byDelivery = new Map(owners.map((owner) => [owner.delivery, owner]));
  return matching.flatMap((head) => {
    const owner = byDelivery.get(head.delivery);
    if (owner === undefined || (mode !== null && owner.mode !== mode)) return [];
    if (one === null && tenants?.includes(owner.tenant) === false) return [];
    if (eventType !== undefined && owner.event_type !== eventType) return [];
    const { tenant, mode: ownMode, event, event_type: type } = owner;
    const { endpoint } = head;
    return [
      { ...readHead(head), tenant, mode: ownMode, endpoint, event: text.fromStored(event), eventType: type },
    ];
  });
}
