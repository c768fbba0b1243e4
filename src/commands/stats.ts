// Stats: counts and latencies of attempts per bucket of time, for charts.
import type { CommandHandlers } from '#core/commands.ts';
import type { EndpointId } from '#core/endpoint.ts';
import { fieldFault } from '#core/fault.ts';
import { readCodeKey, type StatsBucket, type StatsQuery } from '#core/stats.ts';
import { given } from '#lib/given.ts';
import { addDurations, durationQuantile } from '#lib/histogram.ts';
import type { ReadStore, StatsRow } from '#store/store.ts';
import type { ReadDeps } from './deps.ts';
import { dialectOf } from './tenant-dialect.ts';

/** The attempts of one bucket, and of one endpoint or code where they are grouped. */
interface Sum extends Pick<StatsBucket, 'start' | 'endpoint' | 'code'> {
  accepted: number;
  refused: number;
  unreachable: number;
  readonly durations: number[];
}

/** Rows that one request may read, one for each endpoint and minute: 104 days of one, two days of fifty. */
const rowsMax = 150_000;
/** As many as a request may name; see contract/stats.ts. */
const groupedMax = 50;
/** Rows of one statement: some 20 ms of work. */
const stepMax = 5_000;
const minuteMs = 60_000;

export function createStatsReads(deps: ReadDeps): Pick<CommandHandlers, 'readStats'> {
  const { store, clock } = deps;
  return {
    async readStats(query) {
      const { tenant, tenants, since } = query;
      if (tenant !== null) await dialectOf(deps, tenant);
      const endpoints = await chooseEndpoints(store, query);
      const perMinute = endpoints?.length ?? tenants?.length ?? 1;
      if (perMinute === 0) return [];
      const end = clock.now() + minuteMs;
      checkSpan(Math.ceil((end - since) / minuteMs), perMinute);
      const counts = new Counts(query);
      const stepMs = Math.max(1, Math.floor(stepMax / perMinute)) * minuteMs;
      for (let from = since; from < end; from += stepMs) {
        const until = Math.min(from + stepMs, end);
        for (const row of await store.stats.read({
          tenant,
          endpoints,
          since: from,
          until,
          ...given({ tenants }),
        }))
          counts.add(row);
      }
      return counts.list();
    },
  };
}

/** Null: all together. Grouped by endpoint, those of the tenant when none are named. */
async function chooseEndpoints(
  store: ReadStore,
  { tenant, endpoints, groupBy }: StatsQuery,
): Promise<readonly EndpointId[] | null> {
  if (groupBy !== 'endpoint' || endpoints !== null) return endpoints;
  if (tenant === null) {
    throw fieldFault('groupBy', 'needs a tenant or endpoints: the endpoints of all tenants are too many');
  }
  const scope = { tenant, mode: null };
  const found = await store.endpoints.find(scope, {}, { cursor: null, limit: groupedMax + 1 });
  if (found.items.length <= groupedMax) return found.items.map(({ id }) => id).toReversed();
  throw fieldFault('endpoint', `name up to ${groupedMax} endpoints: tenant ${tenant} has more`);
}

function checkSpan(minutes: number, perMinute: number): void {
  if (minutes * perMinute <= rowsMax) return;
  const days = Math.floor(rowsMax / perMinute / 1440);
  const fewer = perMinute > 1 ? ', or name fewer endpoints' : '';
  throw fieldFault('since', `must be at most ${days} days ago${fewer}`);
}

/** Adds rows up by bucket, and by endpoint or code where they are grouped. */
class Counts {
  readonly #query: StatsQuery;
  readonly #sums = new Map<string, Sum>();

  constructor(query: StatsQuery) {
    this.#query = query;
  }

  add(row: StatsRow): void {
    const { bucketMs, groupBy } = this.#query;
    const start = Math.floor(row.minute / bucketMs) * bucketMs;
    if (groupBy !== 'code')
      return addRow(this.#sum(start, groupBy === null ? null : row.endpoint, null), row);
    for (const [key, count] of Object.entries(row.codes)) {
      const { outcome, code } = readCodeKey(key);
      this.#sum(start, null, code)[outcome] += count;
    }
  }

  list(): StatsBucket[] {
    return [...this.#sums.values()].sort((a, b) => a.start - b.start).map(toBucket);
  }

  #sum(start: number, endpoint: Sum['endpoint'], code: Sum['code']): Sum {
    const key = `${start} ${endpoint ?? ''} ${code ?? ''}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { start, endpoint, code, accepted: 0, refused: 0, unreachable: 0, durations: [] };
      this.#sums.set(key, sum);
    }
    return sum;
  }
}

function addRow(sum: Sum, row: StatsRow): void {
  sum.accepted += row.accepted;
  sum.refused += row.refused;
  sum.unreachable += row.unreachable;
  addDurations(sum.durations, row.durations);
}

/** The durations of a code are not counted. */
function toBucket({ durations, ...sum }: Sum): StatsBucket {
  const [p50Ms = null, p95Ms = null, p99Ms = null] = [0.5, 0.95, 0.99].map((fraction) =>
    durationQuantile(durations, fraction),
  );
  return { ...sum, p50Ms, p95Ms, p99Ms };
}
