import { Failure, Skeleton } from '#web/components/feedback.tsx';
import { PortalContext } from '#web/lib/portal.ts';
import { Ended } from './ended.tsx';
import { PortalFrame } from './frame.tsx';
import { usePortalState } from './session.ts';

/** The screens are for an open session. */
export function PortalGate() {
  const { data: state, error, refetch } = usePortalState();
  if (state === undefined) {
    return error === null ? <Skeleton /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!state.isOpen) return <Ended returnUrl={state.returnUrl} />;
  return (
    <PortalContext value={state.access}>
      <PortalFrame />
    </PortalContext>
  );
}
