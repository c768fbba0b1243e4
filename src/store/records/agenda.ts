// The endpoints to which something is to be sent, page by page: a page looks at so many endpoints with something waiting, whatever it
// finds. What clients pull is not sent, and what is parked has no time.
import { parkedUntil } from '#core/delivery.ts';
import type { EndpointId } from '#core/endpoint.ts';
import type { WaitingRow } from '../claims.ts';
import type { AgendaPage } from '../store.ts';
import type { Reader } from './engine.ts';
import { all, type Work } from './work.ts';

export function* readAgenda({ find }: Reader, after: EndpointId | null, limit: number): Work<AgendaPage> {
  const rows = yield* all<WaitingRow>(find.waitingEndpoints(after, limit));
  const due = rows.flatMap(({ endpoint, kind, due_at: dueAt }) =>
    kind === 'push' && dueAt !== null && dueAt < parkedUntil ? [{ endpoint, dueAt }] : [],
  );
  return { due, reached: rows.length < limit ? null : (rows.at(-1)?.endpoint ?? null) };
}
