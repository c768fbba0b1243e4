// Finding attempts by how they ended, over all tenants: newest first, a bounded number of them for each page, so that a rare
// ending does not read the whole log at once. The cursor of a page says how far it has read.
import type { AttemptFilter, FoundAttempt, Page, PageRequest } from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { Mode, TenantId, WideScope } from '#core/tenant.ts';
import { makePage, readCursor, writeCursor } from '../cursor.ts';
import { type HeadRow, readHead } from './attempt-rows.ts';
import type { Reader } from './engine.ts';
import { all, type Work } from './work.ts';

/** Attempts that one statement reads, and one page: some 100 ms of work. */
const rowsPerStep = 1000;
const rowsPerPage = 5000;
/** Attempts are numbered when they are recorded: soon after they start, and by the clocks of several processes. */
const disorderMs = 10 * 60_000;

/** Whose delivery an attempt was made for. */
export interface AttemptOwner {
  readonly delivery: DeliveryId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  /** As it is stored. */
  readonly event: string;
  readonly event_type: string;
}

interface Found {
  readonly head: HeadRow;
  readonly owner: AttemptOwner;
}

export function* findAttempts(
  engine: Reader,
  scope: WideScope,
  filter: AttemptFilter,
  { cursor, limit }: PageRequest,
): Work<Page<FoundAttempt>> {
  const after = readCursor('found-attempt', cursor);
  let before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const found: Found[] = [];
  let rest: number | null = null;
  // Without a filter every row is found.
  const isFiltered = scope.tenants !== undefined || Object.keys(filter).some((name) => name !== 'endpoint');
  const step = isFiltered ? rowsPerStep : limit + 1;
  for (let read = 0; found.length <= limit; read += step) {
    if (read >= rowsPerPage) {
      rest = before;
      break;
    }
    const heads = yield* engine.find.attemptHeads(scope, filter.endpoint ?? null, before, step);
    found.push(...(yield* match(engine, scope, filter, heads, limit + 1 - found.length)));
    const last = heads.at(-1);
    if (last === undefined || heads.length < step || isPast(filter, heads)) break;
    before = last.seq;
  }
  const { fromStored } = engine.text;
  const page = makePage('found-attempt', found, limit, ({ head }) => String(head.seq), toFound(fromStored));
  return rest === null || page.nextCursor !== null
    ? page
    : { ...page, nextCursor: writeCursor('found-attempt', String(rest)) };
}

/** True when nothing older than these can have started since. */
function isPast({ since }: AttemptFilter, heads: readonly HeadRow[]): boolean {
  return since !== undefined && heads.every(({ started_at }) => started_at < since - disorderMs);
}

/** The first `count` in the order of the heads. An attempt whose delivery retention has deleted meanwhile is left out. */
function* match(
  engine: Reader,
  { tenant, tenants, mode }: WideScope,
  filter: AttemptFilter,
  heads: readonly HeadRow[],
  count: number,
): Work<Found[]> {
  const among = tenant === null ? tenants : undefined;
  const isOwnerAsked = mode !== null || among !== undefined || filter.eventType !== undefined;
  const matching = heads
    .filter((head) => isMatching(head, filter))
    .slice(0, isOwnerAsked ? undefined : count);
  if (matching.length === 0) return [];
  const owners = yield* all<AttemptOwner>(engine.find.attemptOwners(matching));
  const byDelivery = new Map(owners.map((owner) => [owner.delivery, owner]));
  return matching.flatMap((head) => {
    const owner = byDelivery.get(head.delivery);
    if (owner === undefined || (mode !== null && owner.mode !== mode)) return [];
    if (among?.includes(owner.tenant) === false) return [];
    return filter.eventType === undefined || owner.event_type === filter.eventType ? [{ head, owner }] : [];
  });
}

function isMatching(head: HeadRow, { outcome, status, error, since, until }: AttemptFilter): boolean {
  if (outcome !== undefined && head.outcome !== outcome) return false;
  if (error !== undefined && head.error_code !== error) return false;
  if (since !== undefined && head.started_at < since) return false;
  if (until !== undefined && head.started_at >= until) return false;
  if (status === undefined) return true;
  return head.status !== null && head.status >= status.from && head.status <= status.to;
}

function toFound(fromStored: (text: string) => string): (found: Found) => FoundAttempt {
  return ({ head, owner: { tenant, mode, event, event_type: eventType } }) => {
    return { ...readHead(head), tenant, mode, endpoint: head.endpoint, event: fromStored(event), eventType };
  };
}
