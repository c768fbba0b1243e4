// The menu: a rail with words, icons alone on a smaller screen, and a bar at the bottom of a phone.
import { Link, type LinkProps } from '@tanstack/react-router';
import { Icon, type IconName } from '#web/components/icon.tsx';
import { type Need, useAccess } from '#web/lib/access.ts';

interface Place {
  readonly name: string;
  readonly icon: IconName;
  readonly to: NonNullable<LinkProps['to']>;
  /** What the key must allow; absent where everybody may look. */
  readonly need?: Need;
}

const read: Need = { scope: 'read' };
const keys: Need = { scope: 'keys', isServerWide: true };

const places: readonly Place[] = [
  { name: 'Now', icon: 'now', to: '/console', need: read },
  { name: 'Tenants', icon: 'tenants', to: '/console/tenants', need: read },
  { name: 'Endpoints', icon: 'endpoints', to: '/console/endpoints', need: read },
  { name: 'Events', icon: 'events', to: '/console/events', need: read },
  { name: 'Deliveries', icon: 'deliveries', to: '/console/deliveries', need: read },
  { name: 'Replays', icon: 'replays', to: '/console/replays', need: read },
  {
    name: 'Event types',
    icon: 'catalogue',
    to: '/console/event-types',
    need: { ...read, isServerWide: true },
  },
  { name: 'Live', icon: 'live', to: '/console/live', need: read },
  { name: 'Alerts', icon: 'alerts', to: '/console/alerts', need: { ...read, isServerWide: true } },
  { name: 'Keys', icon: 'keys', to: '/console/keys', need: keys },
  { name: 'Audit', icon: 'audit', to: '/console/audit', need: keys },
  { name: 'System', icon: 'system', to: '/console/system', need: read },
  { name: 'Docs', icon: 'docs', to: '/docs' },
  { name: 'Reference', icon: 'reference', to: '/reference' },
];

const shape =
  'flex items-center gap-2.5 rounded-md text-[13px] text-muted hover:bg-raised hover:text-ink max-md:min-w-16 max-md:flex-col max-md:gap-0.5 max-md:px-1 max-md:py-1.5 max-md:text-[11px] max-md:whitespace-nowrap md:h-9 md:px-2.5';

export function Rail() {
  const isAllowed = useAccess();
  return (
    <nav
      aria-label="Main"
      className="z-20 shrink-0 border-line bg-surface max-md:fixed max-md:inset-x-0 max-md:bottom-0 max-md:border-t md:sticky md:top-12 md:h-[calc(100dvh-3rem)] md:border-r"
    >
      <ul className="flex max-md:overflow-x-auto md:w-14 md:flex-col md:gap-0.5 md:p-2 lg:w-40">
        {places
          .filter((place) => place.need === undefined || isAllowed(place.need))
          .map(({ name, icon, to }) => (
            <li key={name}>
              <Link
                to={to}
                title={name}
                activeOptions={{ exact: to === '/console', includeSearch: false }}
                className={shape}
                activeProps={{ className: 'bg-raised text-accent! font-medium', 'aria-current': 'page' }}
              >
                <Icon name={icon} />
                <span className="md:max-lg:sr-only">{name}</span>
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}
