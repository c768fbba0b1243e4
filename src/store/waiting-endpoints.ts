// Endpoints with something waiting, found by one search per endpoint, not one step per row. Every store uses it.
import type { EndpointId } from '#core/endpoint.ts';
import { type Sql, sql } from './sql.ts';

/** The next of them, as `WaitingRow`: so many are looked at, whatever waits for them. `nextDue` is about the endpoint `e`. */
export function selectWaiting(nextDue: Sql, after: EndpointId | null, limit: number): Sql {
  return sql`
    with recursive waits(endpoint) as (
      select (select min(endpoint) from deliveries_waiting where endpoint > ${after ?? ''})
      union all
      select (select min(d.endpoint) from deliveries_waiting d where d.endpoint > waits.endpoint)
      from waits where waits.endpoint is not null
    )
    select k.endpoint, e.kind, ${nextDue} as due_at
    from (select endpoint from waits where endpoint is not null limit ${limit}) k
    left join endpoints e on e.id = k.endpoint and e.removed_at is null
    order by k.endpoint`;
}
