import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { Panel } from '#web/components/page.tsx';
import { ExactTime, Time } from '#web/components/time.tsx';
import { useTenant } from '#web/lib/scope.ts';
import { useRotateSecret } from './api.ts';
import { SecretOnce } from './secret-once.tsx';

const overlaps = [
  ['0', 'ends at once'],
  ['3600', 'signs for 1 hour more'],
  ['86400', 'signs for 24 hours more'],
  ['604800', 'signs for 7 days more'],
  ['2592000', 'signs for 30 days more'],
] as const;

export function Secret() {
  const { id } = useParams({ from: '/console/scoped/endpoints/$id/secret' });
  const params = { tenant: useTenant(), id };
  const [seconds, setSeconds] = useState('86400');
  const [isAsking, setAsking] = useState(false);
  const [oldEndsAt, setOldEndsAt] = useState('');
  const rotate = useRotateSecret();
  const start = (): void => {
    setOldEndsAt(new Date(Date.now() + Number(seconds) * 1000).toISOString());
    rotate.mutate(
      { params, body: { overlapSeconds: Number(seconds) } },
      { onSuccess: () => setAsking(false) },
    );
  };
  return (
    <Panel title="Signing secret">
      <div className="max-w-xl space-y-4 p-3">
        {rotate.data === undefined ? (
          <p className="font-mono">••••••••••••••••</p>
        ) : (
          <div role="status" className="space-y-2">
            <SecretOnce secret={rotate.data.secret} />
            <OldSecret endsAt={oldEndsAt} isOver={seconds === '0'} />
          </div>
        )}
        <p className="text-muted">
          The secret was shown when it was made; the server does not show it again. Rotating makes a new one.
          During the overlap both sign each delivery, where the dialect can carry two signatures, so that the
          receiver can change at any time.
        </p>
        <Field label="The old secret">
          {(field) => (
            <Select {...field} value={seconds} onChange={setSeconds}>
              {overlaps.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Button look="danger" onClick={() => setAsking(true)}>
          Rotate secret
        </Button>
      </div>
      {isAsking && (
        <Confirm
          title="Rotate the secret?"
          verb="Rotate secret"
          isBusy={rotate.isPending}
          error={rotate.error}
          onConfirm={start}
          onClose={() => setAsking(false)}
        >
          <p>The receiver must know the new secret before the old one ends, or it rejects what it gets.</p>
        </Confirm>
      )}
    </Panel>
  );
}

function OldSecret({ endsAt, isOver }: { readonly endsAt: string; readonly isOver: boolean }) {
  if (isOver) return <p>The old secret does not sign any more.</p>;
  return (
    <p>
      The old secret signs too, until <ExactTime at={endsAt} /> (<Time at={endsAt} />
      ).
    </p>
  );
}
