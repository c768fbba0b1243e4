// Entry point of the engine thread, started by `thread.ts`. Its log lines go to the API thread, which alone writes to
// standard output.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Config } from '#config.ts';
import { cacheCompiledCode, keepCompiledCode } from '#lib/compile-cache.ts';
import { createLogger } from '#lib/log.ts';
import { answer, createOutbox, type RemoteEngine } from './line.ts';
import type { Keys } from './keys.ts';

export interface EngineThreadData {
  readonly config: Config;
  readonly keys: Keys;
  readonly logLine: MessagePort;
}

const line = parentPort;
if (line === null) throw new Error('this file runs as a thread');
const { config, keys, logLine } = workerData as EngineThreadData;
const log = createLogger(config.log, config.role, { write: createOutbox<string>(logLine, () => {}) });
cacheCompiledCode();
answer(line, start());

async function start(): Promise<RemoteEngine> {
  const [{ startEngine }, { systemWorld }] = await Promise.all([import('./engine.ts'), import('./world.ts')]);
  const engine = await startEngine(config, keys, systemWorld(log));
  keepCompiledCode();
  return {
    ...engine,
    async stop(timeoutMs) {
      await engine.stop(timeoutMs);
      // No more calls follow: the thread ends after answering this one.
      line?.unref();
    },
  };
}
