// WAL checkpoints on a thread of their own. Done by a commit, a checkpoint stops everything else: for 100 to 700 ms at a
// time while retention ran. Writers continue meanwhile, and restart the log once all of it has been copied. If the thread
// fails, commits do it: see `wal_autocheckpoint`.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { systemClock } from '#lib/clock.ts';
import { identityOf } from './files.ts';

export interface Checkpoints {
  /** A transaction was committed: a checkpoint runs soon. */
  request(): void;
  stop(): Promise<void>;
}

/**
 * A page that many commits write is copied once in this time. Not longer: all that is copied is synced at once, and a
 * commit meanwhile waits for the disk as long as that takes.
 */
const afterMs = 100;
/** The thread holds nothing; by default it would reserve far more. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/**
 * Of the file that is at this path now, and of no other that takes its place: what is in the log would be copied into that one, and the log
 * used again.
 */
export function createCheckpoints(path: string): Checkpoints {
  const identity = identityOf(path);
  const stopping = new AbortController();
  let thread: Worker | null = null;
  let running: Promise<void> | null = null;

  const copy = async (): Promise<void> => {
    await systemClock.sleep(afterMs, stopping.signal);
    if (stopping.signal.aborted) return;
    try {
      thread ??= startThread({ path, identity });
      const copied = once(thread, 'message');
      thread.postMessage('copy', []);
      await copied;
    } catch {
      thread = null;
    }
    running = null;
  };

  return {
    request() {
      running ??= copy();
    },
    async stop() {
      stopping.abort();
      // Nothing else may keep the process alive until the thread has ended.
      thread?.ref();
      await running;
      if (thread === null) return;
      const ended = once(thread, 'exit');
      thread.postMessage('stop', []);
      thread = null;
      await ended;
    },
  };
}

/** `once` rejects when the thread fails. The thread does not keep the process alive. */
function startThread(workerData: { path: string; identity: string | null }): Worker {
  const thread = new Worker(program, { eval: true, name: 'checkpoints', workerData, resourceLimits });
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

/**
 * As text: a thread that starts from TypeScript takes half as much memory again to load it. The little that is committed
 * during a pass is left to the next.
 */
const program = `
  const { statSync } = require('node:fs');
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const passesMax = 4;
  const { path, identity } = workerData;
  const requireSame = () => {
    const found = statSync(path);
    if (found.dev + ':' + found.ino !== identity) throw new Error('another file is at ' + path);
  };
  // Before, so that no file is made, and after; the log is opened with the first statement.
  requireSame();
  const db = new DatabaseSync(path, { timeout: 1000 });
  requireSame();
  const checkpoint = db.prepare('pragma wal_checkpoint(passive)');
  parentPort.on('message', (word) => {
    if (word === 'stop') {
      db.close();
      parentPort.close();
      return;
    }
    for (let pass = 0; pass < passesMax; pass++) {
      const { log, checkpointed } = checkpoint.get();
      if (log === checkpointed) break;
    }
    parentPort.postMessage('copied');
  });
`;
