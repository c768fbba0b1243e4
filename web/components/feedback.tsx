// The designed states of everything that is loaded: first load, empty, no match, error, reload.
import type { ReactNode } from 'react';
import { ApiError } from '#web/lib/api.ts';
import { Button } from './button.tsx';

/** One sentence that says what it is, and one action. */
export function Notice({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-12 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-muted">{children}</div>}
      {action !== undefined && <div className="mt-2">{action}</div>}
    </div>
  );
}

export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const retry = onRetry && <Button onClick={onRetry}>Try again</Button>;
  return (
    <div role="alert">
      <Notice title={titleOf(error)} action={retry}>
        {messageOf(error)}
      </Notice>
    </div>
  );
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'This page failed.';
  if (error.status === 403) return 'Your key does not allow this.';
  if (error.status === 404) return 'This was not found.';
  return error.status === 0 ? 'The server did not answer.' : 'The server refused this.';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Beside a form or a button: what went wrong with it. */
export function InlineError({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <p role="alert" className="text-[13px] break-words text-exhausted">
      {messageOf(error)}
    </p>
  );
}

/** At first load only: data that is there stays while it is loaded again. */
export function Skeleton({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="animate-pulse space-y-2 p-3">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-7 rounded bg-raised" />
      ))}
    </div>
  );
}

export function ReloadBar({ isActive }: { readonly isActive: boolean }) {
  return (
    <div className="h-0.5 overflow-hidden" aria-hidden="true">
      {isActive && <div className="reload-bar h-full w-1/3 bg-accent" />}
    </div>
  );
}
