import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Confirm } from './confirm.tsx';
import { CopyButton } from './copy.tsx';

interface MaskedSecretProps {
  /** Undefined before it was asked for. */
  readonly secret: string | undefined;
  readonly isBusy: boolean;
  readonly error: unknown;
  /** What is asked before it is shown. */
  readonly children: ReactNode;
  readonly onReveal: (onSuccess: () => void) => void;
}

/** A secret, masked until it is asked for: the server notes who has seen it. */
export function MaskedSecret({ secret, isBusy, error, children, onReveal }: MaskedSecretProps) {
  const [isAsking, setAsking] = useState(false);
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
          isBusy={isBusy}
          error={error}
          onConfirm={() => onReveal(() => setAsking(false))}
          onClose={() => setAsking(false)}
        >
          {children}
        </Confirm>
      )}
    </div>
  );
}
