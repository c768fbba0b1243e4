// Writes what came of attempts, many in one commit, and tells everybody who needs to know.
import type { EndpointId } from '#core/endpoint.ts';
import { createBatcher } from '#lib/batcher.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { AttemptResult, Store } from '#store/store.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { noticeDisabled, noticeExhausted } from './notices.ts';
import type { Stats } from './stats.ts';
import type { Targets } from './targets.ts';

export interface Recorder {
  /** Resolves when the result is on disk. Never rejects: it is written again until it is. */
  record(result: AttemptResult): Promise<void>;
  /** False while so much waits to be written that no more should be sent. */
  hasRoom(): boolean;
}

const batchMax = 500;
const queueMax = 5_000;
/** Pause before what could not be written is written again. */
const againMs = 500;

export function createRecorder(
  deps: { store: Store; targets: Targets; clock: Clock; metrics: DeliveryMetrics; stats: Stats; log: Logger },
  on: {
    woken: (endpoints: readonly EndpointId[]) => void;
    due: (endpoint: EndpointId, dueAt: number) => void;
  },
): Recorder {
  const { store, clock, metrics, log } = deps;

  const write = async (results: readonly AttemptResult[]): Promise<readonly void[]> => {
    const recorded = await writeUntilDone(results);
    metrics.committed('record', results.length);
    metrics.stale(recorded.stale);
    metrics.disabled(recorded.disabled.length);
    for (const endpoint of recorded.disabled) {
      deps.targets.forget(endpoint);
      log.warn({ endpoint }, 'endpoint.disabled');
    }
    for (const result of results) tell(result);
    on.woken(recorded.due);
    return results.map(() => undefined);
  };

  const writeUntilDone = async (results: readonly AttemptResult[]) => {
    for (;;) {
      try {
        const terms = { now: clock.now(), noticeDisabled, noticeExhausted };
        return await store.deliveries.record(results, terms);
      } catch (error) {
        log.error({ err: error, results: results.length }, 'recorder.write_failed');
        await clock.sleep(againMs);
      }
    }
  };

  /** The one place where an attempt is logged and counted. */
  const tell = ({ claim, attempt, settlement }: AttemptResult): void => {
    const { event } = claim;
    const { outcome, status, durationMs } = attempt;
    const endedAt = attempt.startedAt + durationMs;
    metrics.attempted(outcome, durationMs / 1000);
    metrics.settled(settlement.state, attempt.number > 1, (endedAt - event.createdAt) / 1000);
    deps.stats.count(event.tenant, claim.endpoint, endedAt, outcome, durationMs);
    if (settlement.state === 'pending') on.due(claim.endpoint, settlement.dueAt);
    const more =
      settlement.state === 'pending' ? { nextDueAt: new Date(settlement.dueAt).toISOString() } : {};
    log.info(
      {
        tenant: event.tenant,
        mode: event.mode,
        endpoint: claim.endpoint,
        event: event.id,
        delivery: claim.id,
        attempt: attempt.number,
        outcome,
        status,
        ...(attempt.error === null ? {} : { error: attempt.error.code }),
        durationMs,
        state: settlement.state,
        ...more,
      },
      'delivery.attempted',
    );
  };

  const batcher = createBatcher<AttemptResult, void>({
    write,
    batchMax,
    // `hasRoom` keeps it far below: what has been sent must be written whatever the length of the queue.
    queueMax: Infinity,
    overflow: () => new Error('the queue of results has no bound'),
  });
  return {
    record: (result) => batcher.submit(result),
    hasRoom: () => batcher.size() < queueMax,
  };
}
