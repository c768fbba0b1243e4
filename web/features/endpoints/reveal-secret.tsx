import { MaskedSecret } from '#web/components/masked-secret.tsx';
import { useTenant } from '#web/lib/scope.ts';
import { useRevealSecret } from './api.ts';

export function RevealSecret({ id }: { readonly id: string }) {
  const params = { tenant: useTenant(), id };
  const { data, isPending, error, mutate } = useRevealSecret();
  return (
    <MaskedSecret
      secret={data?.secret}
      isBusy={isPending}
      error={error}
      onReveal={(onSuccess) => mutate({ params }, { onSuccess })}
    >
      <p>Who has it can sign deliveries to this endpoint. That you saw it is noted in the audit log.</p>
    </MaskedSecret>
  );
}
