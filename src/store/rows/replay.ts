import type { EndpointId } from '#core/endpoint.ts';
import type { Mode, TenantId } from '#core/tenant.ts';
import { parseJson, sql } from '../sql.ts';
import type { Replay } from '#core/replay.ts';

export interface ReplayRow {
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode | null;
  readonly endpoint: EndpointId | null;
  readonly states: string;
  readonly event_types: string | null;
  readonly since: number;
  readonly until: number;
  readonly rate_per_second: number;
  readonly total: number;
  readonly done: number;
  /** The id of the last delivery that was ordered; empty at the start. */
  readonly position: string;
  readonly state: Replay['state'];
  readonly created_at: number;
}

export const replayColumns = sql`
  id, tenant, mode, endpoint, states, event_types, since, until, rate_per_second, total,
  done, state, created_at, position`;

/** A replay at its start, in the order of `replayColumns`. */
export function replayValues(replay: Replay): (string | number | null)[] {
  const { id, tenant, mode, endpoint, states, eventTypes, since, until, ratePerSecond } = replay;
  // prettier-ignore
  return [
    id, tenant, mode, endpoint, JSON.stringify(states), eventTypes === null ? null : JSON.stringify(eventTypes),
    Math.ceil(since), Math.ceil(until), ratePerSecond, replay.total, replay.done, replay.state,
    replay.createdAt, '',
  ];
}

export function readReplay(row: ReplayRow): Replay {
  return {
    id: row.id,
    tenant: row.tenant,
    mode: row.mode,
    endpoint: row.endpoint,
    states: parseJson(row.states),
    eventTypes: row.event_types === null ? null : parseJson(row.event_types),
    since: row.since,
    until: row.until,
    ratePerSecond: row.rate_per_second,
    total: row.total,
    done: row.done,
    state: row.state,
    createdAt: row.created_at,
  };
}
