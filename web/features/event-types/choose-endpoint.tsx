// A test event goes to one endpoint: the screen of the endpoint sends it, with the example of the type filled in.
import { Link } from '@tanstack/react-router';
import { Dialog } from '#web/components/dialog.tsx';
import { Skeleton } from '#web/components/feedback.tsx';
import { useEndpoints } from '#web/lib/endpoints.ts';
import { useScope } from '#web/lib/scope.ts';

interface ChooseEndpointProps {
  readonly type: string;
  readonly onClose: () => void;
}

export function ChooseEndpoint({ type, onClose }: ChooseEndpointProps) {
  const { tenant, mode } = useScope();
  const { data: all } = useEndpoints(tenant);
  const endpoints = all?.filter((endpoint) => endpoint.enabled && endpoint.mode === mode);
  return (
    <Dialog title="Send a test event to which endpoint?" onClose={onClose}>
      {endpoints === undefined && <Skeleton rows={3} />}
      {endpoints?.length === 0 && <p>There is no enabled {mode} endpoint.</p>}
      <ul className="divide-y divide-line">
        {endpoints?.map(({ id, url, tenant: owner }) => (
          <li key={id} className="py-2">
            <Link
              to="/console/endpoints/$id"
              params={{ id }}
              search={(search) => ({ mode: search.mode, tenant: owner, test: type })}
              className="break-all text-accent underline"
            >
              <bdi>{url}</bdi>
            </Link>{' '}
            <bdi className="text-muted">{owner}</bdi>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
