// The frame of the portal: the name or logo of the platform, tabs, one column of content.
import { Link, type LinkProps, Outlet } from '@tanstack/react-router';
import type { PortalTheme } from '#contract/portal.ts';
import { Notice } from '#web/components/feedback.tsx';
import { useCan, usePortal } from '#web/lib/portal.ts';

const places: readonly (readonly [name: string, to: NonNullable<LinkProps['to']>])[] = [
  ['Endpoints', '/console/endpoints'],
  ['Deliveries', '/console/deliveries'],
  ['Event types', '/console/event-types'],
  ['Replays', '/console/replays'],
];

export function PortalFrame() {
  const can = useCan();
  const isReader = can('read');
  return (
    <div>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:z-50 focus:bg-surface focus:p-3"
        onClick={(event) => {
          // The router would take the fragment for a place.
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        Skip to the content
      </a>
      <Header />
      {isReader && <Places />}
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto w-full max-w-[1440px] min-w-0 p-3 pb-16 outline-none sm:p-4 sm:pb-16"
      >
        {isReader ? (
          <Outlet />
        ) : (
          <Notice title="This link may not show anything.">Ask for one with the permission to read.</Notice>
        )}
      </main>
    </div>
  );
}

function Header() {
  const portal = usePortal();
  if (portal === null) return null;
  const { theme, mode, returnUrl } = portal;
  return (
    <header className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-3 py-2 sm:px-4">
      <Brand theme={theme} />
      {mode === 'test' && (
        <span className="rounded-full border border-line bg-test-tint px-2 text-[12.5px]">test mode</span>
      )}
      <span className="flex-1" />
      {returnUrl !== null && (
        <a href={returnUrl} target="_top" rel="noreferrer" className="text-[13px] text-accent underline">
          Back
        </a>
      )}
    </header>
  );
}

function Brand({ theme: { name = 'Webhooks', logo, logoDark } }: { readonly theme: PortalTheme }) {
  if (logo === undefined && logoDark === undefined) {
    return <bdi className="min-w-0 truncate font-semibold">{name}</bdi>;
  }
  const look = 'h-7 max-w-40 object-contain';
  return (
    <>
      <img src={logo ?? logoDark} alt={name} className={`${look} only-light`} />
      <img src={logoDark ?? logo} alt={name} className={`${look} only-dark`} />
    </>
  );
}

function Places() {
  return (
    <nav aria-label="Main" className="border-b border-line bg-surface px-2">
      <ul className="flex gap-1 overflow-x-auto">
        {places.map(([name, to]) => (
          <li key={name}>
            <Link
              to={to}
              activeOptions={{ includeSearch: false }}
              className="block border-b-2 border-transparent px-2.5 py-2 text-[13px] whitespace-nowrap text-muted hover:text-ink"
              activeProps={{ className: 'border-accent! text-ink! font-medium', 'aria-current': 'page' }}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
