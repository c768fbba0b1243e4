import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { EventWithPayload, PublishedEvent } from '#contract/events.ts';
import type { Call } from '#contract/routes.ts';
import { call, callText } from '#web/lib/api.ts';
import { payloadOf } from '#web/lib/json-text.ts';
import { listOptions } from '#web/lib/queries.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { readPoint } from '#web/lib/time-range.ts';

const refreshMs = 5000;

/** The filters of the list, as they stand in the URL. */
export interface EventFilters {
  readonly type?: string | undefined;
  readonly orderingKey?: string | undefined;
  readonly withoutDeliveries?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export function useEvents({ type, orderingKey, withoutDeliveries, since, until }: EventFilters) {
  const tenant = useTenant();
  const { mode } = useScope();
  // A relative time counts from when the screen was opened.
  const [now] = useState(Date.now);
  const point = (text?: string) => (text === undefined ? undefined : (readPoint(text, now) ?? undefined));
  const query = { mode, type, orderingKey, withoutDeliveries, since: point(since), until: point(until) };
  return useInfiniteQuery({
    ...listOptions('listEvents', { params: { tenant }, query }),
    refetchInterval: ({ state }) =>
      state.data?.pages.length === 1 && window.scrollY < 200 ? refreshMs : false,
  });
}

/** An event, and its payload as it was published. */
export function useEvent(id: string) {
  const tenant = useTenant();
  const { mode } = useScope();
  return useQuery({
    queryKey: ['getEvent', tenant, mode, id],
    queryFn: async () => {
      const text = await callText('getEvent', { params: { tenant, id }, query: { mode } });
      return { event: JSON.parse(text) as EventWithPayload, payload: payloadOf(text) };
    },
  });
}

/** The deliveries of an event: one per endpoint. */
export function useEventDeliveries(event: string) {
  const tenant = useTenant();
  const { mode } = useScope();
  return useInfiniteQuery({
    ...listOptions('listDeliveries', { params: { tenant }, query: { mode, event } }),
    refetchInterval: refreshMs,
  });
}

export interface EventDraft {
  readonly type: string;
  /** JSON text. */
  readonly payload: string;
  readonly id: string;
  readonly orderingKey: string;
  readonly mode: string;
}

/** Publishes the payload as it is typed: parsing would change its numbers. */
export function usePublish() {
  const client = useQueryClient();
  const tenant = useTenant();
  return useMutation({
    mutationFn: async ({ type, payload, id, orderingKey, mode }: EventDraft): Promise<PublishedEvent> => {
      const given = {
        type,
        mode,
        id: id === '' ? undefined : id,
        orderingKey: orderingKey === '' ? undefined : orderingKey,
      };
      const body = `${JSON.stringify(given).slice(0, -1)},"payload":${payload}}`;
      return call('publishEvent', { params: { tenant }, body } as unknown as Call<'publishEvent'>);
    },
    onSuccess: () =>
      Promise.all(
        ['listEvents', 'listDeliveries', 'findDeliveries'].map((name) =>
          client.invalidateQueries({ queryKey: [name] }),
        ),
      ),
  });
}

/** What became of an event at each endpoint of the tenant, and why. */
export function useExplanations(event: string) {
  const tenant = useTenant();
  const { mode } = useScope();
  return useInfiniteQuery(listOptions('explainEvent', { params: { tenant, id: event }, query: { mode } }));
}
