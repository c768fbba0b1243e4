import type { Attempt } from '#core/attempt.ts';
import type { LoggedAttempt, Page, PageRequest } from '#core/commands.ts';
import type { DeliveryId } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { Scope } from '#core/tenant.ts';
import { makePage, readCursor } from '../cursor.ts';
import { attemptColumns, type AttemptRow, readAttempt } from '../rows/attempt.ts';
import { type Queries, sql } from './database.ts';
import { readDeliveriesById } from './delivery-rows.ts';
import { readEvents } from './events.ts';

/** Attempts of one delivery, oldest first. Whoever asks has made sure of the scope. */
export async function readAttemptsOf(queries: Queries, delivery: DeliveryId): Promise<Attempt[]> {
  return (await queries.all<AttemptRow>(selectOfDelivery, [delivery])).map(readAttempt);
}

/** Attempts of one endpoint of the scope or of all, newest first. */
export async function listAttempts(
  queries: Queries,
  scope: Scope,
  endpoint: EndpointId | null,
  page: PageRequest,
): Promise<Page<LoggedAttempt & { readonly event: Event }>> {
  const after = readCursor('attempt', page.cursor);
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after);
  const values = [scope.tenant, scope.mode, endpoint, before, page.limit + 1];
  const rows = await queries.all<AttemptRow>(selectNewest, values);
  const read = await joinOwners(queries, scope, rows);
  // One whose delivery has been swept meanwhile is left out.
  const whole = rows.filter((row) => read(row) !== null);
  return makePage(
    'attempt',
    whole,
    page.limit,
    (row) => String(row.seq),
    (row) => present(read(row)),
  );
}

function present<Item>(item: Item | null): Item {
  if (item === null) throw new Error('an attempt without its delivery');
  return item;
}

/** Reads the deliveries and events of these attempts at once, and answers how to put one together. */
async function joinOwners(
  queries: Queries,
  scope: Scope,
  rows: readonly AttemptRow[],
): Promise<(row: AttemptRow) => (LoggedAttempt & { readonly event: Event }) | null> {
  const ids = rows.map((row) => row.delivery);
  const deliveries = await readDeliveriesById(queries, scope, ids);
  const seqs = [...deliveries.values()].map((row) => row.eventSeq);
  const events = await readEvents(queries, seqs);
  return (row) => {
    const owner = deliveries.get(row.delivery);
    const event = owner === undefined ? undefined : events.get(owner.eventSeq);
    if (owner === undefined || event === undefined) return null;
    return { attempt: readAttempt(row), delivery: owner.delivery, event };
  };
}

const columns = attemptColumns.replaceAll(/\w+/g, 'a.$&');

const selectOfDelivery = sql`select ${columns} from attempts a where a.delivery = $1 order by a.seq`;

/** The newest of each endpoint by index, then the newest of those; also of removed endpoints. */
const selectNewest = sql`
  select a.* from endpoints e cross join lateral (
    select ${columns} from attempts a where a.endpoint = e.id and a.seq < $4 order by a.seq desc limit $5
  ) as a
  where e.tenant = $1 and ($2::text is null or e.mode = $2) and ($3::text is null or e.id = $3)
  order by a.seq desc limit $5`;
