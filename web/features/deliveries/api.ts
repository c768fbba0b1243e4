import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { DeliveryState, DeliveryWithAttempts } from '#contract/deliveries.ts';
import { useState } from 'react';
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

export function useRedeliver() {
  return useChange('redeliver', ['getDelivery', 'findDeliveries', 'listDeliveries']);
}

export function useCancel() {
  return useChange('cancelDelivery', ['getDelivery', 'findDeliveries', 'listDeliveries']);
}
