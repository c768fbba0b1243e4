import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listOptions } from '#web/lib/queries.ts';
import { useScope } from '#web/lib/scope.ts';
import { readPoint } from '#web/lib/time-range.ts';

/** The filters of the list, as they stand in the URL. */
export interface AuditFilters {
  readonly actor?: string | undefined;
  readonly command?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Of the tenant that is chosen, or of all. */
export function useAudit({ actor, command, since, until }: AuditFilters) {
  const { tenant } = useScope();
  // A relative time counts from when the screen was opened.
  const [now] = useState(Date.now);
  const point = (text?: string) => (text === undefined ? undefined : (readPoint(text, now) ?? undefined));
  const query = { tenant, actor, command, since: point(since), until: point(until) };
  return useInfiniteQuery(listOptions('listAudit', { query }));
}
