import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Page, Panel } from '#web/components/page.tsx';
import { lastTenant, rememberTenant, useScope } from '#web/lib/scope.ts';
import { TenantChoice } from './tenant-choice.tsx';

/** The screens below show what belongs to one tenant: the one of the URL, or the last one. */
export function NeedsTenant() {
  const { tenant } = useScope();
  const { pathname } = useLocation();
  useEffect(() => {
    if (tenant !== undefined) rememberTenant(tenant);
  }, [tenant]);
  if (tenant !== undefined) return <Outlet key={tenant} />;
  const last = lastTenant();
  if (last !== undefined)
    return <Navigate to={pathname} search={(search) => ({ ...search, tenant: last })} replace />;
  return (
    <Page title="Choose a tenant">
      <p className="text-muted">Endpoints, events, deliveries and replays belong to one tenant.</p>
      <Panel>
        <TenantChoice />
      </Panel>
    </Page>
  );
}
