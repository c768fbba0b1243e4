// The frame of every screen: rail, top bar, one column of content.
import { Outlet, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { useKeys } from '#web/lib/keys.ts';
import { useScope } from '#web/lib/scope.ts';
import { useSession } from '#web/lib/session.ts';
import { Help } from './help.tsx';
import { Rail } from './rail.tsx';
import { Search } from './search.tsx';
import { TopBar } from './top-bar.tsx';

export function Frame() {
  const { data: session } = useSession();
  const { mode } = useScope();
  const { pathname } = useLocation();
  const [open, setOpen] = useState<'search' | 'help' | null>(null);
  const isSignedIn = session?.isOpen === true;
  useKeys({ '?': () => setOpen('help'), '/': isSignedIn ? () => setOpen('search') : undefined });
  // Signing in shows nothing of what is behind it.
  if (!isSignedIn && pathname.startsWith('/console')) {
    return (
      <main className="px-4">
        <Outlet />
      </main>
    );
  }
  return (
    <div className={mode === 'test' ? 'min-h-dvh bg-test-tint' : 'min-h-dvh'}>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:z-50 focus:bg-surface focus:p-3"
      >
        Skip to the content
      </a>
      <TopBar session={session} onSearch={() => setOpen('search')} />
      <div className="flex">
        <Rail />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-[1440px] min-w-0 flex-1 p-3 pb-20 outline-none sm:p-4 md:pb-8 lg:p-6"
        >
          <Outlet />
        </main>
      </div>
      {open === 'search' && <Search onClose={() => setOpen(null)} />}
      {open === 'help' && <Help onClose={() => setOpen(null)} />}
    </div>
  );
}
