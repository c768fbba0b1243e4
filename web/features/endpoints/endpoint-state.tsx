import type { Endpoint } from '#contract/endpoints.ts';
import { State } from '#web/components/state.tsx';

export function EndpointState({ endpoint }: { readonly endpoint: Endpoint }) {
  if (!endpoint.enabled) return <State name="disabled" />;
  return endpoint.failureCount > 0 ? <State name="failing" /> : <State name="enabled" />;
}

const reasons: Readonly<Record<NonNullable<Endpoint['disabledReason']>, string>> = {
  requested: 'A client or an operator disabled it.',
  gone: 'Its receiver answered 410 Gone.',
  failing: 'It failed for too long.',
};

/** Why it is in its state, as one sentence. */
export function describeState({ disabledReason, failureCount }: Endpoint): string {
  if (disabledReason !== null) return reasons[disabledReason];
  if (failureCount === 0) return 'The last attempt was accepted, or there was none yet.';
  return `The last ${failureCount === 1 ? 'attempt' : `${failureCount} attempts`} failed.`;
}
