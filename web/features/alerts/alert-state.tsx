import type { Alert } from '#contract/alerts.ts';
import { State } from '#web/components/state.tsx';

/** Whether it tells of anything now. */
export function AlertState({ enabled, snoozedUntil }: Pick<Alert, 'enabled' | 'snoozedUntil'>) {
  if (!enabled) return <State name="disabled">off</State>;
  return isSnoozed(snoozedUntil) ? <State name="held">snoozed</State> : <State name="enabled">on</State>;
}

export function isSnoozed(until: string | null): until is string {
  return until !== null && Date.parse(until) > Date.now();
}

/** Where it goes. The URL of a chat is a secret, of which the host is known. */
export function describeVia(via: Alert['via']): string {
  switch (via.kind) {
    case 'webhook':
      return `webhook ${via.url ?? 'whose endpoint is removed'}`;
    case 'email':
      return via.to.join(', ');
    default:
      return `chat at ${via.host}`;
  }
}
