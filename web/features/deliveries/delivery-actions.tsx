import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Attempt, DeliveryWithAttempts } from '#contract/deliveries.ts';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { copyText } from '#web/components/copy.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { useKeys } from '#web/lib/keys.ts';
import { useCan } from '#web/lib/portal.ts';
import { useTenant } from '#web/lib/scope.ts';
import { bodyOptions, useCancel, useRedeliver } from './api.ts';
import { toCurl } from './curl.ts';

interface DeliveryActionsProps {
  readonly delivery: DeliveryWithAttempts;
  readonly attempt: Attempt | undefined;
}

export function DeliveryActions({ delivery, attempt }: DeliveryActionsProps) {
  const tenant = useTenant();
  const redeliver = useRedeliver();
  const cancel = useCancel();
  const [isAsking, setAsking] = useState(false);
  const request = { params: { tenant, id: delivery.id } };
  const isOpen = delivery.state === 'pending' || delivery.state === 'held';
  const can = useCan();
  const canRedeliver = can('redeliver');
  useKeys({ r: canRedeliver ? () => redeliver.mutate(request) : undefined });
  return (
    <>
      {attempt !== undefined && <CopyCurl delivery={delivery} attempt={attempt} />}
      {isOpen && can('operate') && canRedeliver && (
        <Button look="danger" onClick={() => setAsking(true)}>
          Cancel delivery
        </Button>
      )}
      {canRedeliver && (
        <Button
          look="primary"
          icon="retry"
          isBusy={redeliver.isPending}
          onClick={() => redeliver.mutate(request)}
        >
          Redeliver
        </Button>
      )}
      <InlineError error={redeliver.error} />
      {isAsking && (
        <Confirm
          title="Cancel this delivery?"
          verb="Cancel delivery"
          isBusy={cancel.isPending}
          error={cancel.error}
          onConfirm={() => cancel.mutate(request, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <p>No further attempt is made. A redelivery can still send it later.</p>
        </Confirm>
      )}
    </>
  );
}

function CopyCurl({
  delivery,
  attempt,
}: {
  readonly delivery: DeliveryWithAttempts;
  readonly attempt: Attempt;
}) {
  const client = useQueryClient();
  const tenant = useTenant();
  const [note, setNote] = useState('Copy as curl');
  const copy = async (): Promise<void> => {
    try {
      await copyText(toCurl(attempt, await client.fetchQuery(bodyOptions(tenant, delivery.id))));
      setNote('Copied');
    } catch (error) {
      setNote(error instanceof Error ? error.message : 'Not copied');
    }
  };
  return <Button onClick={() => void copy()}>{note}</Button>;
}
