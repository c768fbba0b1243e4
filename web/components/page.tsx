// What every screen has: a title, its actions, and surfaces.
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { usePortal } from '#web/lib/portal.ts';
import { Failure, Skeleton } from './feedback.tsx';

interface PageProps {
  /** Also the title of the browser's tab. */
  readonly title: string;
  /** In place of the title where a URL or an id is long. */
  readonly heading?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, heading = title, actions, children }: PageProps) {
  const portal = usePortal();
  const site = portal === null ? 'Carillon' : (portal.theme.name ?? 'Webhooks');
  useEffect(() => {
    document.title = `${title} · ${site}`;
  }, [title, site]);
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <h1 className="min-w-0 text-[18px] font-semibold wrap-anywhere">{heading}</h1>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface PendingProps {
  readonly title: string;
  /** Null while it is loaded. */
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** A screen whose data is not there: it is loaded, or could not be. */
export function Pending({ title, error, onRetry }: PendingProps) {
  return (
    <Page title={title}>
      <Panel>{error === null ? <Skeleton /> : <Failure error={error} onRetry={onRetry} />}</Panel>
    </Page>
  );
}

interface PanelProps {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section className="min-w-0 rounded-lg border border-line bg-surface">
      {title !== undefined && (
        <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-3 py-2">
          <h2 className="text-[14px] font-semibold">{title}</h2>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}

/** Names and values, one below the other. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-4 gap-y-1.5 p-3 text-[13px]">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="wrap-anywhere text-muted">{name}</dt>
          <dd className="min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly (readonly [name: string, link: LinkProps])[];
}

/** Tabs that are places: each has a URL. */
export function Tabs({ label, tabs }: TabsProps) {
  return (
    <nav aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map(([name, link]) => (
        <Link
          key={name}
          {...link}
          activeOptions={{ exact: true, includeSearch: false }}
          className="border-b-2 border-transparent px-3 py-2 text-[13px] text-muted hover:text-ink"
          activeProps={{ className: 'border-accent! text-ink! font-medium', 'aria-current': 'page' }}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
