import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Tenant } from '#contract/tenants.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Id } from '#web/components/copy.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { Facts, Page, Panel, Pending } from '#web/components/page.tsx';
import { TenantSecret } from '#web/components/tenant-secret.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { defaultsOf } from '#web/lib/dialects.ts';
import { useScope } from '#web/lib/scope.ts';
import { useChangeTenant, useRemoveTenant, useTenantById } from './api.ts';
import { Contact } from './contact.tsx';
import { Credentials } from './credentials.tsx';
import { PortalSessions } from './portal-sessions.tsx';

export function TenantScreen() {
  const { id } = useParams({ from: '/console/tenants/$id' });
  const { mode } = useScope();
  const { data: tenant, error, refetch } = useTenantById(id);
  if (tenant === undefined) return <Pending title="Tenant" error={error} onRetry={() => void refetch()} />;
  const places = [
    ['Endpoints', '/console/endpoints'],
    ['Events', '/console/events'],
    ['Deliveries', '/console/deliveries'],
    ['Replays', '/console/replays'],
  ] as const;
  const links = places.map(([name, to]) => (
    <Link key={to} to={to} search={{ tenant: id }} className={buttonClass()}>
      {name}
    </Link>
  ));
  return (
    <Page title={tenant.name} heading={<bdi>{tenant.name}</bdi>} actions={links}>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="Tenant">
          <Facts
            facts={[
              ['Tenant', <Id key="id" id={tenant.id} what="the id of the tenant" />],
              ['Dialect', tenant.dialect],
              ...Object.entries(tenant.metadata).map(
                ([name, value]) => [name, <bdi key={name}>{value}</bdi>] as const,
              ),
              ['Created', <ExactTime key="created" at={tenant.createdAt} />],
            ]}
          />
          <Allowed scope="tenants">
            <Rename key={tenant.name} tenant={tenant} />
            <Contact key={`contact ${tenant.contact?.emails.join(' ')}`} tenant={tenant} />
            <Remove tenant={tenant} />
          </Allowed>
        </Panel>
        <div className="min-w-0 space-y-4">
          <Credentials tenant={tenant.id} />
          <PortalSessions tenant={tenant.id} />
          {defaultsOf(tenant.dialect)?.secretOwner === 'tenant' && (
            <Allowed scope="secrets">
              <TenantSecret key={mode} tenant={tenant.id} />
            </Allowed>
          )}
        </div>
      </div>
    </Page>
  );
}

function Rename({ tenant }: { readonly tenant: Tenant }) {
  const [name, setName] = useState(tenant.name);
  const change = useChangeTenant();
  return (
    <form
      className="flex items-end gap-2 border-t border-line p-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ params: { tenant: tenant.id }, body: { name: name.trim() } });
      }}
    >
      <div className="flex-1">
        <Field label="Name">
          {(field) => <TextInput {...field} required maxLength={200} value={name} onChange={setName} />}
        </Field>
        <InlineError error={change.error} />
      </div>
      <Button type="submit" isBusy={change.isPending} disabled={name.trim() === '' || name === tenant.name}>
        Rename
      </Button>
    </form>
  );
}

function Remove({ tenant: { id, name } }: { readonly tenant: Tenant }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveTenant();
  const navigate = useNavigate();
  return (
    <div className="border-t border-line p-3">
      <Button look="danger" onClick={() => setAsking(true)}>
        Remove tenant
      </Button>
      {isAsking && (
        <Confirm
          title="Remove this tenant?"
          verb="Remove tenant"
          name={id}
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(
              { params: { tenant: id } },
              { onSuccess: () => void navigate({ to: '/console/tenants' }) },
            )
          }
          onClose={() => setAsking(false)}
        >
          <p>
            The credentials of <bdi>{name}</bdi> stop working, its endpoints are removed, and what waits for
            them is canceled.
          </p>
        </Confirm>
      )}
    </div>
  );
}
