// The life of a delivery as a vertical line: created, each attempt and what was waited between, and what comes next.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Attempt, DeliveryWithAttempts } from '#contract/deliveries.ts';
import { State } from '#web/components/state.tsx';
import { ExactTime, Time } from '#web/components/time.tsx';
import { summarize } from '#web/lib/explain.ts';
import { formatDuration } from '#web/lib/format.ts';

const byTrigger: Readonly<Record<Attempt['trigger'], string>> = {
  schedule: '',
  redelivery: 'redelivery',
  replay: 'replay',
  test: 'test event',
};

interface LifecycleProps {
  readonly delivery: DeliveryWithAttempts;
  /** The number of the attempt that is shown beside. */
  readonly chosen: number | undefined;
}

export function Lifecycle({ delivery, chosen }: LifecycleProps) {
  const { createdAt, attempts } = delivery;
  const ends = attempts.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs);
  return (
    <ol className="space-y-3 p-3 text-[13px]">
      <Step at={createdAt}>published</Step>
      {attempts.map((attempt, index) => {
        const waitedMs = Date.parse(attempt.startedAt) - (ends[index - 1] ?? Date.parse(createdAt));
        return (
          <Step key={attempt.id} at={attempt.startedAt} waitedMs={waitedMs}>
            <AttemptLink attempt={attempt} isChosen={attempt.number === chosen} delivery={delivery.id} />
          </Step>
        );
      })}
      <Next delivery={delivery} />
    </ol>
  );
}

interface StepProps {
  readonly at: string;
  readonly waitedMs?: number;
  readonly children: ReactNode;
}

function Step({ at, waitedMs = 0, children }: StepProps) {
  return (
    <li className="border-l-2 border-line pl-3">
      {waitedMs >= 1000 && <p className="pb-2 text-[12px] text-muted">waited {formatDuration(waitedMs)}</p>}
      <div>{children}</div>
      <div className="text-[12px] text-muted">
        <ExactTime at={at} />
      </div>
    </li>
  );
}

interface AttemptLinkProps {
  readonly attempt: Attempt;
  readonly isChosen: boolean;
  readonly delivery: string;
}

function AttemptLink({ attempt, isChosen, delivery }: AttemptLinkProps) {
  const { number, outcome, durationMs, trigger } = attempt;
  const reason = byTrigger[trigger];
  return (
    <Link
      to="/console/deliveries/$id"
      params={{ id: delivery }}
      search={{ attempt: String(number) }}
      aria-current={isChosen ? 'true' : undefined}
      className={`flex flex-wrap items-center gap-x-2 rounded hover:underline ${isChosen ? 'font-semibold' : ''}`}
    >
      <span>attempt {number}</span>
      <State name={outcome}>{summarize(attempt)}</State>
      <span className="text-muted">{formatDuration(durationMs)}</span>
      {reason !== '' && <span className="text-muted">({reason})</span>}
    </Link>
  );
}

/** What comes next, or how it ended. */
function Next({ delivery }: { readonly delivery: DeliveryWithAttempts }) {
  const { state, dueAt, endedAt, inFlight, waitsFor } = delivery;
  if (inFlight) return <Ending>an attempt is being made</Ending>;
  if (waitsFor !== null) return <Waits waitsFor={waitsFor} />;
  if (dueAt !== null) {
    return (
      <Ending>
        next attempt <Time at={dueAt} />
      </Ending>
    );
  }
  if (endedAt === null) return <Ending>waits for its turn</Ending>;
  return (
    <Step at={endedAt}>
      <State name={state} />
    </Step>
  );
}

function Waits({ waitsFor }: { readonly waitsFor: NonNullable<DeliveryWithAttempts['waitsFor']> }) {
  const { reason, since, delivery } = waitsFor;
  if (reason === 'endpoint_disabled') {
    return (
      <Ending>
        held until its endpoint is enabled{' '}
        {since !== null && (
          <>
            (disabled <Time at={since} />)
          </>
        )}
      </Ending>
    );
  }
  return (
    <Ending>
      waits behind{' '}
      {delivery === null ? (
        'another one with its ordering key'
      ) : (
        <Link to="/console/deliveries/$id" params={{ id: delivery }} className="text-accent underline">
          the delivery before it
        </Link>
      )}
    </Ending>
  );
}

function Ending({ children }: { readonly children: ReactNode }) {
  return <li className="border-l-2 border-dashed border-strong-line pl-3 text-muted">{children}</li>;
}
