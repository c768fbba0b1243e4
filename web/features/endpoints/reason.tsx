import type { Endpoint } from '#contract/endpoints.ts';
import { formatCount } from '#web/lib/format.ts';
import { useCounts } from './api.ts';
import { describeState } from './endpoint-state.tsx';

/** Why an endpoint is in its state, and what it holds. */
export function Reason({ endpoint }: { readonly endpoint: Endpoint }) {
  if (endpoint.enabled) return describeState(endpoint);
  return (
    <>
      <Held id={endpoint.id} /> {describeState(endpoint)}
    </>
  );
}

/** Counting stops at 10,000. */
function Held({ id }: { readonly id: string }) {
  const { data } = useCounts(id);
  if (data === undefined || data.held === 0) return null;
  return `${formatCount(data.held, 'delivery', 'deliveries')} held.`;
}
