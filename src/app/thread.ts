// Starts the engine and the reader in worker threads, so that the API and deliveries use two cores, and reads delay
// neither.
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Config } from '#config.ts';
import type { LogOutput } from '#lib/log.ts';
import { withReader } from './backend.ts';
import type { Keys } from './keys.ts';
import {
  connect,
  engineCalls,
  type Line,
  readerCalls,
  type RemoteEngine,
  type RemoteReader,
} from './line.ts';
import type { ThreadData } from './thread-entry.ts';

const heaps = {
  engine: { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 1024 },
  reader: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 },
} as const;

/** Resolves when both run; their log lines go to `output`. Throws `StartError`. */
export async function startThreads(config: Config, keys: Keys, output: LogOutput): Promise<RemoteEngine> {
  const start = <Remote>(
    part: ThreadData['part'],
    connectTo: (line: Line) => Promise<Remote>,
  ): Promise<Remote> => startThread({ part, config, keys }, output, connectTo);
  // At the same time: loading the code is most of a start. The reader opens the database with the first read.
  const reader = start('reader', (line) => connect<RemoteReader>(line, readerCalls));
  const engine = start('engine', (line) => connect<RemoteEngine>(line, engineCalls));
  const [ofReader, ofEngine] = await Promise.allSettled([reader, engine]);
  try {
    return withReader(await engine, await reader);
  } catch (error) {
    // A thread that started would keep the process alive.
    if (ofReader.status === 'fulfilled') await ofReader.value.stop();
    if (ofEngine.status === 'fulfilled') await ofEngine.value.stop(0);
    throw error;
  }
}

async function startThread<Remote>(
  what: Omit<ThreadData, 'logLine'>,
  output: LogOutput,
  connectTo: (line: Line) => Promise<Remote>,
): Promise<Remote> {
  const { port1: logLine, port2: theirs } = new MessageChannel();
  logLine.on('message', (lines: readonly string[]) => output.write(lines.join('')));
  const data: ThreadData = { ...what, logLine: theirs };
  const thread = new Worker(new URL(import.meta.resolve('#app/thread-entry.ts')), {
    name: what.part,
    resourceLimits: heaps[what.part],
    workerData: data,
    transferList: [theirs],
  });
  // An uncaught error in the thread ends the process.
  thread.on('error', (error) => {
    throw error;
  });
  try {
    return await connectTo(thread);
  } catch (error) {
    // A running thread would keep the process alive.
    await thread.terminate();
    throw error;
  }
}
