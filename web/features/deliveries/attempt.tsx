// One attempt: why it ended as it did, what was sent, what came back.
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Attempt, DeliveryWithAttempts } from '#contract/deliveries.ts';
import { Code, Headers } from '#web/components/code.tsx';
import { Failure, Skeleton } from '#web/components/feedback.tsx';
import { Facts } from '#web/components/page.tsx';
import { State } from '#web/components/state.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { explain, summarize } from '#web/lib/explain.ts';
import { formatDuration } from '#web/lib/format.ts';
import { useTenant } from '#web/lib/scope.ts';
import { bodyOptions, useEndpointOf } from './api.ts';
import { Signature } from './signature.tsx';

const tabs = ['Why', 'Request', 'Answer'] as const;

interface AttemptViewProps {
  readonly delivery: DeliveryWithAttempts;
  readonly attempt: Attempt;
}

export function AttemptView({ delivery, attempt }: AttemptViewProps) {
  const [tab, setTab] = useState<(typeof tabs)[number]>(attempt.outcome === 'accepted' ? 'Request' : 'Why');
  return (
    <div>
      <div role="group" aria-label="Parts of the attempt" className="flex gap-1 border-b border-line px-2">
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={tab === name}
            onClick={() => setTab(name)}
            className="border-b-2 border-transparent px-3 py-2 text-[13px] text-muted hover:text-ink aria-pressed:border-accent aria-pressed:font-medium aria-pressed:text-ink"
          >
            {name}
          </button>
        ))}
      </div>
      {tab === 'Why' && <Why attempt={attempt} />}
      {tab === 'Request' && <Sent delivery={delivery} attempt={attempt} />}
      {tab === 'Answer' && <Answered attempt={attempt} />}
    </div>
  );
}

function Why({ attempt }: { readonly attempt: Attempt }) {
  const { meaning, advice } = explain(attempt);
  const { outcome, startedAt, durationMs, error } = attempt;
  const facts = [
    ['Outcome', <State key="outcome" name={outcome} />],
    ['Result', summarize(attempt)],
    ['What it means', meaning],
    ...(advice === '' ? [] : [['What to look at', advice] as const]),
    ...(error === null ? [] : [['Message', <bdi key="message">{error.message}</bdi>] as const]),
    ['Began', <ExactTime key="began" at={startedAt} />],
    ['Took', formatDuration(durationMs)],
  ] as const;
  return <Facts facts={facts} />;
}

function Sent({ delivery, attempt }: AttemptViewProps) {
  const body = useQuery(bodyOptions(useTenant(), delivery.id));
  return (
    <div className="space-y-3 p-3">
      <p className="font-mono text-[12.5px] break-all">
        {attempt.url === null ? (
          'Made by a client that pulled it'
        ) : (
          <>
            POST <bdi>{attempt.url}</bdi>
          </>
        )}
      </p>
      <Headers label="Headers as sent" headers={attempt.requestHeaders} />
      {body.data !== undefined && (
        <>
          <Transformed delivery={delivery} />
          <Code label="Body" text={body.data} />
          <Signature headers={attempt.requestHeaders} body={body.data} />
        </>
      )}
      {body.isPending && <Skeleton rows={3} />}
      {body.error !== null && <Failure error={body.error} onRetry={() => void body.refetch()} />}
    </div>
  );
}

/** The body is not what was published, but what the endpoint made of it. */
function Transformed({ delivery: { endpoint, event } }: Pick<AttemptViewProps, 'delivery'>) {
  const { data } = useEndpointOf(endpoint);
  if (data === undefined || data.transform === null) return null;
  return (
    <p className="text-[13px]">
      The endpoint has a transform, which makes the body of what was published.{' '}
      <Link to="/console/events/$id" params={{ id: event }} className="text-accent underline">
        Show the payload as it was published
      </Link>
    </p>
  );
}

function Answered({ attempt }: { readonly attempt: Attempt }) {
  const { status, responseHeaders, responseBody } = attempt;
  if (status === null) return <p className="p-3 text-muted">There was no answer.</p>;
  return (
    <div className="space-y-3 p-3">
      <p className="font-mono text-[12.5px]">HTTP {status}</p>
      <Headers label="Headers" headers={responseHeaders} />
      <Code label="Body, at most the first 8 KiB" text={responseBody} />
    </div>
  );
}
