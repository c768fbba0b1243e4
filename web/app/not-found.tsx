import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { buttonClass } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Page, Pending } from '#web/components/page.tsx';

export function NotFound() {
  const home = (
    <Link to="/console" className={buttonClass()}>
      Go to the start
    </Link>
  );
  return (
    <Page title="There is no such page">
      <Notice title="Check the address, or go on from the menu." action={home} />
    </Page>
  );
}

export function Failed({ error, reset }: ErrorComponentProps) {
  return <Pending title="This page failed" error={error} onRetry={reset} />;
}
