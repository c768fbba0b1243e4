import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Alert } from '#contract/alerts.ts';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { useChangeAlert, useRemoveAlert } from './api.ts';
import { ChangeAlert } from './change.tsx';

type Asked = 'change' | 'off' | 'remove';

export function AlertActions({ alert }: { readonly alert: Alert }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const change = useChangeAlert();
  const params = { id: alert.id };
  const close = (): void => setAsked(null);
  return (
    <>
      <Button onClick={() => setAsked('change')}>Change</Button>
      {alert.enabled ? (
        <Button onClick={() => setAsked('off')}>Turn off</Button>
      ) : (
        <Button isBusy={change.isPending} onClick={() => change.mutate({ params, body: { enabled: true } })}>
          Turn on
        </Button>
      )}
      <Button look="danger" onClick={() => setAsked('remove')}>
        Remove
      </Button>
      {asked === 'change' && <ChangeAlert alert={alert} onClose={close} />}
      {asked === 'off' && (
        <Confirm
          title="Turn this alert off?"
          verb="Turn off"
          isBusy={change.isPending}
          error={change.error}
          onConfirm={() => change.mutate({ params, body: { enabled: false } }, { onSuccess: close })}
          onClose={close}
        >
          <p>It tells of nothing until it is turned on, and what it was still to tell is dropped.</p>
        </Confirm>
      )}
      {asked === 'remove' && <Remove alert={alert} onClose={close} />}
    </>
  );
}

interface RemoveProps {
  readonly alert: Alert;
  readonly onClose: () => void;
}

function Remove({ alert: { id, name, via }, onClose }: RemoveProps) {
  const remove = useRemoveAlert();
  const navigate = useNavigate();
  return (
    <Confirm
      title="Remove this alert?"
      verb="Remove alert"
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate({ params: { id } }, { onSuccess: () => void navigate({ to: '/console/alerts' }) })
      }
      onClose={onClose}
    >
      <p>
        What <bdi className="font-medium">{name}</bdi> was still to tell is dropped.
        {via.kind === 'webhook' && ' Its endpoint is removed too.'}
      </p>
    </Confirm>
  );
}
