import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Endpoint } from '#contract/endpoints.ts';
import { Button, buttonClass } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { useCan } from '#web/lib/portal.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useDisable, useEnable } from './api.ts';
import { SendTest } from './send-test.tsx';

export function EndpointActions({ endpoint }: { readonly endpoint: Endpoint }) {
  const params = { tenant: useTenant(), id: endpoint.id };
  const can = useCan();
  const enable = useEnable();
  return (
    <>
      {can('test') && <SendTest id={endpoint.id} isEnabled={endpoint.enabled} />}
      {can('replay') && (
        <Link
          to="/console/replays/new"
          search={{ endpoint: endpoint.id, states: 'exhausted,held,canceled' }}
          className={buttonClass()}
        >
          Replay
        </Link>
      )}
      {can('endpoints') &&
        (endpoint.enabled ? (
          <Disable id={endpoint.id} />
        ) : (
          <Button look="primary" isBusy={enable.isPending} onClick={() => enable.mutate({ params })}>
            Enable
          </Button>
        ))}
      <InlineError error={enable.error} />
    </>
  );
}

function Disable({ id }: { readonly id: string }) {
  const [isAsking, setAsking] = useState(false);
  const disable = useDisable();
  const params = { tenant: useTenant(), id };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Disable
      </Button>
      {isAsking && (
        <Confirm
          title="Disable this endpoint?"
          verb="Disable"
          isBusy={disable.isPending}
          error={disable.error}
          onConfirm={() => disable.mutate({ params }, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <p>Its deliveries are held from now on. They are sent when it is enabled again.</p>
        </Confirm>
      )}
    </>
  );
}
