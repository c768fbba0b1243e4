// The engine in a thread of its own, so that answering requests and delivering use two cores.
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
  // The server is nothing without its engine: what nobody caught over there ends the process here.
  thread.on('error', (error) => {
    throw error;
  });
  try {
    return await connect(thread);
  } catch (error) {
    // Nothing else would end it, and the process would wait for it.
    await thread.terminate();
    throw error;
  }
}
