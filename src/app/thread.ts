// Starts the engine in a worker thread, so that the API and deliveries use two cores.
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Config } from '#config.ts';
import type { LogOutput } from '#lib/log.ts';
import { connect, type RemoteEngine } from './line.ts';
import type { EngineThreadData } from './engine-thread.ts';
import type { Keys } from './keys.ts';

/** Resolves when the engine runs; its log lines go to `output`. Throws `StartError`. */
export async function startEngineThread(
  config: Config,
  keys: Keys,
  output: LogOutput,
): Promise<RemoteEngine> {
  const { port1: logLine, port2: theirs } = new MessageChannel();
  logLine.on('message', (lines: readonly string[]) => output.write(lines.join('')));
  const data: EngineThreadData = { config, keys, logLine: theirs };
  const thread = new Worker(new URL(import.meta.resolve('#app/engine-thread.ts')), {
    name: 'engine',
    resourceLimits: { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 1024 },
    workerData: data,
    transferList: [theirs],
  });
  // An uncaught error in the engine thread ends the process.
  thread.on('error', (error) => {
    throw error;
  });
  try {
    return await connect(thread);
  } catch (error) {
    // A running thread would keep the process alive.
    await thread.terminate();
    throw error;
  }
}
