import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { DeliveryState, DeliveryWithAttempts } from '#contract/deliveries.ts';
import type { Stats } from '#contract/stats.ts';
import { useRef, useState } from 'react';
import { call } from '#web/lib/api.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { readPoint } from '#web/lib/time-range.ts';

/** The filters of the list, as they stand in the URL. */
export interface DeliveryFilters {
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly event?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  readonly wireId?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** How far back the chart goes: no filter. */
  readonly span?: string | undefined;
}

const refreshMs = 3000;

/** Of the tenant that is chosen, or of all; loaded again every three seconds as long as only its newest page is shown. */
export function useDeliveries(filters: DeliveryFilters) {
  const { state, type, endpoint, event, code, error, wireId, since, until } = filters;
  const { tenant, mode } = useScope();
  // A relative time counts from when the screen was opened.
  const [now] = useState(Date.now);
  const point = (text?: string) => (text === undefined ? undefined : (readPoint(text, now) ?? undefined));
  const range = { since: point(since), until: point(until) };
  const query = { tenant, mode, state, type, endpoint, event, code, error, wireId, ...range };
  return useInfiniteQuery({
    ...listOptions('findDeliveries', { query }),
    refetchInterval: ({ state: { data } }) =>
      data?.pages.length === 1 && window.scrollY < 200 ? refreshMs : false,
  });
}

/** The attempts of the tenant that is chosen, or of all, or of one endpoint. */
export function useHistogram(
  endpoint: string | undefined,
  name: string,
  { hours, bucket }: { readonly hours: number; readonly bucket: Stats['bucket'] },
) {
  const { tenant } = useScope();
  return useQuery({
    queryKey: ['readStats', tenant, endpoint, 'histogram', name],
    queryFn: () => {
      const since = new Date(Date.now() - hours * 3_600_000).toISOString();
      return call('readStats', { query: { tenant, endpoint, since, bucket } });
    },
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });
}

const ended: readonly DeliveryState[] = ['delivered', 'exhausted', 'canceled'];

export function useDelivery(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['getDelivery', tenant, id],
    queryFn: () => call('getDelivery', { params: { tenant, id } }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isMoving(data) ? 1500 : false),
  });
}

/** More attempts may come. */
function isMoving({ state, inFlight }: Pick<DeliveryWithAttempts, 'state' | 'inFlight'>): boolean {
  return inFlight || !ended.includes(state);
}

/** The body that is sent to the receiver, as text. */
export function bodyOptions(tenant: string, id: string) {
  return queryOptions({
    queryKey: ['getRequestBody', tenant, id],
    queryFn: async () => (await call('getRequestBody', { params: { tenant, id } })).body,
    staleTime: Infinity,
  });
}

/** The endpoint of a delivery; not found once it is removed. */
export function useEndpointOf(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['getEndpoint', tenant, id],
    queryFn: () => call('getEndpoint', { params: { tenant, id } }),
    staleTime: 30_000,
  });
}

export function useRedeliver() {
  return useChange('redeliver', ['getDelivery', 'findDeliveries', 'listDeliveries']);
}

export function useCancel() {
  return useChange('cancelDelivery', ['getDelivery', 'findDeliveries', 'listDeliveries']);
}

/** A delivery, with the tenant that owns it. */
export interface Owned {
  readonly id: string;
  readonly tenant: string;
}

export interface BulkProgress {
  readonly isRunning: boolean;
  readonly total: number;
  readonly ordered: number;
  /** How many were refused, by the reason. */
  readonly refused: ReadonlyMap<string, number>;
}

/** Requests at a time: the server serves others meanwhile. */
const parallel = 4;

/** One redelivery of each, a few at a time. What was ordered before `stop` stays so. */
export function useBulkRedeliver() {
  const client = useQueryClient();
  const isStopped = useRef(false);
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const run = async (deliveries: readonly Owned[]): Promise<void> => {
    isStopped.current = false;
    let state: BulkProgress = { isRunning: true, total: deliveries.length, ordered: 0, refused: new Map() };
    setProgress(state);
    const rest = [...deliveries];
    const work = async (): Promise<void> => {
      for (let next = rest.shift(); next !== undefined && !isStopped.current; next = rest.shift()) {
        const reason = await order(next);
        state = reason === null ? { ...state, ordered: state.ordered + 1 } : refuse(state, reason);
        setProgress(state);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    setProgress({ ...state, isRunning: false });
    await client.invalidateQueries({ queryKey: ['findDeliveries'] });
  };
  return {
    progress,
    run,
    stop: () => {
      isStopped.current = true;
    },
    clear: () => setProgress(null),
  };
}

/** Null when it is ordered, and otherwise why not. */
async function order({ tenant, id }: Owned): Promise<string | null> {
  try {
    await call('redeliver', { params: { tenant, id } });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refuse(state: BulkProgress, reason: string): BulkProgress {
  const refused = new Map(state.refused).set(reason, (state.refused.get(reason) ?? 0) + 1);
  return { ...state, refused };
}
