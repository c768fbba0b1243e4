import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Mode } from '#contract/schema.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { Icon } from '#web/components/icon.tsx';
import { useScope } from '#web/lib/scope.ts';
import { type Session, useSignOut } from '#web/lib/session.ts';
import { TenantChoice } from './tenant-choice.tsx';
import { useTheme } from './theme.ts';

interface TopBarProps {
  readonly session: Session | undefined;
  readonly onSearch: () => void;
}

export function TopBar({ session, onSearch }: TopBarProps) {
  const [theme, nextTheme] = useTheme();
  const isSignedIn = session?.isOpen === true;
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-surface px-3">
      <Link to="/console" className="mr-1 font-semibold max-sm:sr-only">
        Carillon
      </Link>
      {isSignedIn && <TenantPicker />}
      {isSignedIn && <ModeSwitch />}
      <span className="flex-1" />
      {isSignedIn && (
        <Button icon="search" onClick={onSearch} aria-label="Search (key /)">
          <span className="max-sm:hidden">Search</span>
          <kbd className="rounded border border-line px-1 font-mono text-[11px] text-muted max-sm:hidden">
            /
          </kbd>
        </Button>
      )}
      <Button
        look="bare"
        icon="theme"
        onClick={nextTheme}
        aria-label={`Theme: ${theme}. Change`}
        title={`Theme: ${theme}`}
      />
      {isSignedIn ? (
        <SignOut keyName={session.key} />
      ) : (
        <Link to="/console" className={buttonClass()}>
          Sign in
        </Link>
      )}
    </header>
  );
}

function TenantPicker() {
  const [isOpen, setOpen] = useState(false);
  const { tenant } = useScope();
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-haspopup="dialog" title="Choose a tenant">
        <bdi className="max-w-24 truncate sm:max-w-44">{tenant ?? 'All tenants'}</bdi>
      </Button>
      {isOpen && (
        <Dialog title="Tenant" onClose={() => setOpen(false)}>
          <TenantChoice onChoose={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

function ModeSwitch() {
  const { mode } = useScope();
  const navigate = useNavigate();
  const choose = (next: Mode): void =>
    void navigate({
      to: '.',
      search: (search) => ({ ...search, mode: next === 'test' ? 'test' : undefined }),
    });
  return (
    <fieldset className="flex rounded-md border border-line p-0.5">
      <legend className="sr-only">Mode</legend>
      {(['live', 'test'] as const).map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={mode === each}
          onClick={() => choose(each)}
          className={`rounded px-2 py-0.5 text-[12.5px] ${mode === each ? 'bg-accent text-on-accent' : 'text-muted hover:text-ink'}`}
        >
          {each}
        </button>
      ))}
    </fieldset>
  );
}

function SignOut({ keyName }: { readonly keyName: string }) {
  const signOut = useSignOut();
  return (
    <Button
      look="bare"
      isBusy={signOut.isPending}
      onClick={() => signOut.mutate()}
      title={`Signed in with the key ${keyName}`}
    >
      <Icon name="out" />
      <span className="max-sm:sr-only">Sign out</span>
    </Button>
  );
}
