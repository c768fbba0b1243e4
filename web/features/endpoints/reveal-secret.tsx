import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { Confirm } from '#web/components/confirm.tsx';
import { CopyButton } from '#web/components/copy.tsx';
import { useTenant } from '#web/lib/scope.ts';
import { useRevealSecret } from './api.ts';

/** The secret, masked until it is asked for: the server notes who has seen it. */
export function RevealSecret({ id }: { readonly id: string }) {
  const params = { tenant: useTenant(), id };
  const [isAsking, setAsking] = useState(false);
  const reveal = useRevealSecret();
  const secret = reveal.data?.secret;
  return (
    <div className="flex flex-wrap items-center gap-3">
      {secret === undefined ? (
        <>
          <p className="font-mono">••••••••••••••••</p>
          <Button onClick={() => setAsking(true)}>Show secret</Button>
        </>
      ) : (
        <p className="flex min-w-0 items-start gap-1 font-mono text-[12.5px] break-all">
          <span>{secret}</span>
          <CopyButton text={secret} what="the secret" />
        </p>
      )}
      {isAsking && (
        <Confirm
          title="Show the secret?"
          verb="Show secret"
          isBusy={reveal.isPending}
          error={reveal.error}
          onConfirm={() => reveal.mutate({ params }, { onSuccess: () => setAsking(false) })}
          onClose={() => setAsking(false)}
        >
          <p>Who has it can sign deliveries to this endpoint. That you saw it is noted in the audit log.</p>
        </Confirm>
      )}
    </div>
  );
}
