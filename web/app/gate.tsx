import { Outlet } from '@tanstack/react-router';
import { Failure, Skeleton } from '#web/components/feedback.tsx';
import { SignIn } from '#web/features/session/sign-in.tsx';
import { useSession } from '#web/lib/session.ts';

/** The screens below are for those who are signed in. */
export function Gate() {
  const { data: session, error, refetch } = useSession();
  if (session === undefined) {
    return error === null ? <Skeleton /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  return session.isOpen ? <Outlet /> : <SignIn hasEnded={session.hasEnded} />;
}
