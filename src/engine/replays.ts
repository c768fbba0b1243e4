// Carries out replays, at the pace of each. How far one came is written with each step, so that it goes on
// after a restart where it stopped.
import type { EndpointId } from '#core/endpoint.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import type { Store } from '#store/store.ts';
import type { Replay } from '#core/replay.ts';

export interface ReplayLoop {
  /** One turn: every running replay orders what its rate allows since the turn before. Answers how many run. */
  step(): Promise<number>;
  /** Turns until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One has been started. */
  look(): void;
}

const turnMs = 200;
/** Deliveries ordered in one transaction, at most. */
const stepMax = 500;
/** While none runs here, how often it is looked whether another process has started one. */
const lookAgainMs = 5_000;

export function createReplayLoop(deps: {
  store: Pick<Store, 'replays'>;
  clock: Clock;
  log: Logger;
  /** These endpoints have something due. */
  wake: (endpoints: readonly EndpointId[]) => void;
}): ReplayLoop {
  const { store, clock, log } = deps;
  /** What each replay may still order: its rate times the time since its last step. */
  const allowance = new Map<string, { count: number; at: number }>();
  let mayRun = true;
  let lookAt = 0;

  const stepOne = async (replay: Replay, now: number): Promise<void> => {
    const before = allowance.get(replay.id) ?? { count: 1, at: now };
    const earned = before.count + ((now - before.at) * replay.ratePerSecond) / 1000;
    const count = Math.min(Math.floor(earned), stepMax);
    // What was earned and not used is kept for one second at most: no burst after a pause.
    allowance.set(replay.id, { count: Math.min(earned - count, replay.ratePerSecond), at: now });
    if (count < 1) return;
    const { due } = await store.replays.step(replay.id, count, now);
    deps.wake(due);
  };

  return {
    async step() {
      const now = clock.now();
      if (!mayRun && now < lookAt) return 0;
      lookAt = now + lookAgainMs;
      mayRun = false;
      const running = await store.replays.listRunning();
      for (const replay of running) await stepOne(replay, now);
      const ids = new Set(running.map(({ id }) => id));
      for (const id of allowance.keys()) if (!ids.has(id)) allowance.delete(id);
      mayRun ||= running.length > 0;
      return running.length;
    },
    async run(signal) {
      while (!signal.aborted) {
        await this.step().catch((error: unknown) => log.error({ err: error }, 'replay.step_failed'));
        await clock.sleep(turnMs, signal);
      }
    },
    look() {
      mayRun = true;
    },
  };
}
