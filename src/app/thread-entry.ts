// Entry point of the other threads, started by `thread.ts`. Their log lines go to the API thread, which alone writes to
// standard output.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Config } from '#config.ts';
import { cacheCompiledCode, keepCompiledCode } from '#lib/compile-cache.ts';
import { createLogger } from '#lib/log.ts';
import { answer, createOutbox, type RemoteEngine, type RemoteReader } from './line.ts';
import type { Keys } from './keys.ts';

export interface ThreadData {
  readonly part: 'engine' | 'reader';
  readonly config: Config;
  readonly keys: Keys;
  readonly logLine: MessagePort;
}

const line = parentPort;
if (line === null) throw new Error('this file runs as a thread');
const { part, config, keys, logLine } = workerData as ThreadData;
const log = createLogger(config.log, config.role, { write: createOutbox<string>(logLine, () => {}) });
cacheCompiledCode();
answer(line, start());

async function start(): Promise<RemoteEngine | RemoteReader> {
  const world = import('./world.ts').then(({ systemWorld }) => systemWorld(log));
  const started = await (part === 'engine'
    ? import('./engine.ts').then(async ({ startEngine }) => startEngine(config, keys, await world))
    : import('./reader.ts').then(async ({ startReader }) => startReader(config, keys, await world)));
  keepCompiledCode();
  return {
    ...started,
    async stop(timeoutMs: number) {
      await started.stop(timeoutMs);
      // No more calls follow: the thread ends after answering this one.
      line?.unref();
    },
  };
}
