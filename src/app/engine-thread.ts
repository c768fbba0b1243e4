// Entry point of the engine thread, started by `thread.ts`. Its log lines go to the API thread, which alone writes to
// standard output.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Config } from '#config.ts';
import { createLogger } from '#lib/log.ts';
import { answer, createOutbox, type RemoteEngine } from './line.ts';
import { startEngine } from './engine.ts';
import type { Keys } from './keys.ts';
import { systemWorld } from './world.ts';

export interface EngineThreadData {
  readonly config: Config;
  readonly keys: Keys;
  readonly logLine: MessagePort;
}

const line = parentPort;
if (line === null) throw new Error('this file runs as a thread');
const { config, keys, logLine } = workerData as EngineThreadData;
const log = createLogger(config.log, { write: createOutbox<string>(logLine, () => {}) });
answer(line, start());

async function start(): Promise<RemoteEngine> {
  const engine = await startEngine(config, keys, systemWorld(log));
  return {
    ...engine,
    async stop(timeoutMs) {
      await engine.stop(timeoutMs);
      // No more calls follow: the thread ends after answering this one.
      line?.unref();
    },
  };
}
