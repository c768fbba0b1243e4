import type { DeliveryState } from '#contract/deliveries.ts';
import { Icon, type IconName } from './icon.tsx';

/** What a state looks like: always an icon and a word besides the colour. */
const states = {
  delivered: { icon: 'check', color: 'text-delivered' },
  pending: { icon: 'clock', color: 'text-pending' },
  retrying: { icon: 'retry', color: 'text-retrying' },
  exhausted: { icon: 'fail', color: 'text-exhausted' },
  held: { icon: 'pause', color: 'text-held' },
  canceled: { icon: 'stop', color: 'text-canceled' },
  enabled: { icon: 'check', color: 'text-delivered' },
  failing: { icon: 'fail', color: 'text-retrying' },
  disabled: { icon: 'pause', color: 'text-held' },
  running: { icon: 'clock', color: 'text-pending' },
  finished: { icon: 'check', color: 'text-delivered' },
  stopped: { icon: 'stop', color: 'text-canceled' },
  accepted: { icon: 'check', color: 'text-delivered' },
  refused: { icon: 'fail', color: 'text-exhausted' },
  passed: { icon: 'check', color: 'text-delivered' },
  failed: { icon: 'fail', color: 'text-exhausted' },
  skipped: { icon: 'stop', color: 'text-canceled' },
  waiting: { icon: 'clock', color: 'text-muted' },
  unreachable: { icon: 'fail', color: 'text-retrying' },
} as const satisfies Readonly<Record<string, { readonly icon: IconName; readonly color: string }>>;

export type StateName = keyof typeof states;

export function State({ name, children }: { readonly name: StateName; readonly children?: React.ReactNode }) {
  const { icon, color } = states[name];
  return (
    <span className={`inline-flex items-center gap-1.5 align-bottom whitespace-nowrap ${color}`}>
      <Icon name={icon} size={14} />
      <span>{children ?? name}</span>
    </span>
  );
}

/** A pending delivery that has failed before is shown as retrying. */
export function shownState(delivery: { state: DeliveryState; attemptCount: number }): StateName {
  return delivery.state === 'pending' && delivery.attemptCount > 0 ? 'retrying' : delivery.state;
}
