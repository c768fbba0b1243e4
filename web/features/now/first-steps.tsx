import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { buttonClass } from '#web/components/button.tsx';
import { Panel } from '#web/components/page.tsx';
import { call } from '#web/lib/api.ts';

/** What to do on a server that has no tenant of the platform yet. */
export function FirstSteps() {
  const { data } = useQuery({
    queryKey: ['listTenants', 'first'],
    queryFn: () => call('listTenants', { query: { limit: 2 } }),
  });
  // The operator's own tenant is there from the start.
  if (data === undefined || data.data.some(({ id }) => id !== 'operator')) return null;
  return (
    <Panel title="Your first delivery">
      <ol className="list-decimal space-y-1 p-3 pl-8">
        <li>Create a tenant: one of your customers, who owns endpoints.</li>
        <li>
          Create an endpoint of it: the URL that gets the events. To try it on this machine, start the server
          with CARILLON_ALLOW_TARGETS=127.0.0.0/8.
        </li>
        <li>Publish an event, and watch its delivery.</li>
      </ol>
      <div className="flex gap-2 p-3 pt-0">
        <Link to="/console/tenants" className={buttonClass('primary')}>
          Go to the tenants
        </Link>
        <Link to="/docs" className={buttonClass()}>
          Read the guide
        </Link>
      </div>
    </Panel>
  );
}
