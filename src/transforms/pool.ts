// Pool of sandbox threads: calls of tenants take turns (round robin), no tenant has all threads, and a thread that is stuck in
// what no limit of the sandbox interrupts is terminated and replaced. Threads start when they are needed.
import { Worker } from 'node:worker_threads';
import type { TenantId } from '#core/tenant.ts';
import type { ScriptProblem, TransformCall, TransformInput, Transforms } from '#core/transform.ts';
import { startDeadline } from '#lib/deadline.ts';
import { FairSemaphore } from '#lib/fair-semaphore.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { Job, JobEnding, JobEvent } from './thread.ts';

export interface PoolOptions {
  readonly threadsMax: number;
  /** Calls that run or wait; beyond it they are answered `busy`. */
  readonly queueMax?: number;
}

/** A call that has no answer after so long is stuck, or its thread has had a twentieth of a processor. */
const stuckMs = 1_000;
/** Loading the code and compiling the engine takes some 100 ms. */
const startMsMax = 30_000;

/** Heap of a thread outside of the sandbox: a few copies of the largest result. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 };

export function createTransforms({ threadsMax, queueMax = 5_000 }: PoolOptions): Transforms {
  // A tenant alone leaves a thread to the others, where there is more than one.
  const turns = new FairSemaphore<TenantId>({ total: threadsMax, perGroup: Math.max(1, threadsMax - 1) });
  const idle: SandboxThread[] = [];
  const open = new Set<SandboxThread>();
  let calls = 0;

  const take = (): SandboxThread => {
    const thread = idle.pop() ?? new SandboxThread();
    open.add(thread);
    return thread;
  };
  const giveBack = (thread: SandboxThread): void => {
    if (thread.isUsable) idle.push(thread);
    else open.delete(thread);
  };
  const carryOut = async (job: Job): Promise<Done | null> => {
    const thread = take();
    try {
      return await thread.run(job);
    } finally {
      giveBack(thread);
    }
  };
  const inTurn = async (tenant: TenantId, job: Job) => {
    if (calls >= queueMax) return null;
    calls++;
    try {
      return await turns.run(tenant, () => carryOut(job));
    } finally {
      calls--;
    }
  };

  return {
    async run({ tenant, source, event }: TransformCall) {
      const done = await inTurn(tenant, { source, event: toJobEvent(event) });
      if (done === null) return { kind: 'busy' };
      const { ending, durationMs } = done;
      if (ending.kind !== 'returned') return { ...ending, durationMs };
      if (ending.content === null) throw new Error('a call has a result');
      return { kind: 'returned', content: ending.content, durationMs };
    },
    async check(tenant, source) {
      const done = await inTurn(tenant, { source, event: null });
      if (done === null) return 'busy';
      return done.ending.kind === 'failed' ? done.ending.problem : null;
    },
    async close() {
      await Promise.all([...open].map((thread) => thread.close()));
    },
  };
}

/** Null when no thread could be had. */
interface Done {
  readonly ending: JobEnding;
  readonly durationMs: number;
}

function toJobEvent({ payload, occurredAt, ...facts }: TransformInput): JobEvent {
  const { id, type, mode, orderingKey, metadata } = facts;
  const head = JSON.stringify({ id, type, mode, occurredAt: formatTime(occurredAt), orderingKey, metadata });
  // A copy, to be transferred: the event is used again.
  return { head, payload: new Uint8Array(payload), now: occurredAt };
}

/** One thread, with one job at a time. */
class SandboxThread {
  isUsable = true;
  readonly #worker: Worker;
  readonly #ready: Promise<boolean>;
  /** Takes the next message, or null when the thread ends. */
  #take: (answer: unknown) => void = () => {};

  constructor() {
    this.#worker = new Worker(new URL(import.meta.resolve('#transforms/thread.ts')), {
      name: 'transform',
      resourceLimits,
      env: {},
    });
    // It does not keep the process alive.
    this.#worker.unref();
    this.#worker.on('message', (answer: unknown) => this.#take(answer));
    const end = (): void => {
      this.isUsable = false;
      this.#take(null);
    };
    this.#worker.on('error', end).on('exit', end);
    this.#ready = this.#answer(startMsMax).then((answer) => answer === 'ready');
  }

  async run(job: Job): Promise<Done | null> {
    if (!(await this.#ready)) return this.#giveUp(null);
    const startedAt = performance.now();
    this.#worker.postMessage(job, job.event === null ? [] : [job.event.payload.buffer]);
    const answer = await this.#answer(stuckMs);
    const durationMs = performance.now() - startedAt;
    if (answer !== null) return { ending: answer as JobEnding, durationMs };
    return this.#giveUp({ ending: { kind: 'failed', problem: stuck }, durationMs });
  }

  async close(): Promise<void> {
    this.isUsable = false;
    await this.#worker.terminate();
  }

  #giveUp(done: Done | null): Done | null {
    void this.close();
    return done;
  }

  /** The next message; null when none comes in time, or the thread ends. */
  async #answer(waitMs: number): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#take = resolve;
    const deadline = startDeadline(waitMs, resolve, null);
    const answer = await promise;
    deadline.clear();
    return answer;
  }
}

const stuck: ScriptProblem = {
  message: 'it was stopped: it held the sandbox for a second without a pause',
  line: null,
  column: null,
};
