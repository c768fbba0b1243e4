import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { buttonClass } from '#web/components/button.tsx';
import { Page } from '#web/components/page.tsx';
import { useCan } from '#web/lib/portal.ts';
import { useScope } from '#web/lib/scope.ts';
import { DeliveryList } from './delivery-list.tsx';

export function Deliveries() {
  const filters = useSearch({ from: '/console/deliveries' });
  const { tenant } = useScope();
  const navigate = useNavigate({ from: '/console/deliveries' });
  const { endpoint, type, since, until, state } = filters;
  const replay = useCan()('replay') && (
    <Link
      to="/console/replays/new"
      search={{ endpoint, types: type, since, until, states: state }}
      className={buttonClass()}
    >
      Replay these
    </Link>
  );
  return (
    <Page title={tenant === undefined ? 'Deliveries of all tenants' : 'Deliveries'} actions={replay}>
      <DeliveryList
        filters={filters}
        onFilter={(changes) =>
          void navigate({ search: (search) => ({ ...search, ...changes }), replace: true })
        }
      />
    </Page>
  );
}
