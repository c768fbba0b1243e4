import { Link } from '@tanstack/react-router';
import type { Alert } from '#contract/alerts.ts';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Panel } from '#web/components/page.tsx';
import { useTestAlert } from './api.ts';

export function SendSample({ alert: { id, via } }: { readonly alert: Alert }) {
  const test = useTestAlert();
  const { data: result } = test;
  return (
    <Panel title="Sample">
      <div className="space-y-3 p-3">
        <p className="text-muted">
          A message that says that nothing has happened: also while it is off or snoozed.
        </p>
        <Button isBusy={test.isPending} onClick={() => test.mutate({ params: { id } })}>
          Send a sample
        </Button>
        <div role="status" className="wrap-anywhere">
          {result?.sent === false && (
            <p className="text-exhausted">
              It was not sent: <bdi>{result.error}</bdi>
            </p>
          )}
          {result?.sent === true &&
            (via.kind === 'webhook' ? <OnItsWay endpoint={via.endpoint} /> : 'It is sent.')}
        </div>
        <InlineError error={test.error} />
      </div>
    </Panel>
  );
}

function OnItsWay({ endpoint }: { readonly endpoint: string }) {
  return (
    <>
      It is on its way.{' '}
      <Link
        to="/console/deliveries"
        search={{ tenant: 'operator', endpoint }}
        className="text-accent underline"
      >
        See its delivery
      </Link>
    </>
  );
}
