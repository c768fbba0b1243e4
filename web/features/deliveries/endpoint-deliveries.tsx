import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { DeliveryList } from './delivery-list.tsx';

/** The deliveries of one endpoint, as a tab of its screen. */
export function EndpointDeliveries() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id/deliveries' });
  const filters = useSearch({ from: '/console/scoped/endpoints/$id/deliveries' });
  const navigate = useNavigate({ from: '/console/endpoints/$id/deliveries' });
  return (
    <DeliveryList
      filters={{ ...filters, endpoint: id }}
      fixed={['endpoint']}
      onFilter={(changes) =>
        void navigate({ search: (search) => ({ ...search, ...changes }), replace: true })
      }
    />
  );
}
