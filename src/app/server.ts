// The composition root: builds the threads of the server, starts them, and ends them. Loading the code is most of a
// start: the threads load theirs at the same time, so this file loads little by itself.
import type { Config } from '#config.ts';
import { systemClock } from '#lib/clock.ts';
import { keepCompiledCode } from '#lib/compile-cache.ts';
import { createLogger, type Logger, openLogOutput } from '#lib/log.ts';
import type { Api } from './api.ts';
import { warnOfFewDescriptors } from './descriptors.ts';
import { keepFilesPrivate, type Keys, loadKeys } from './keys.ts';
import type { RemoteEngine } from './line.ts';
import { startThreads } from './thread.ts';
import { StartError } from './start-error.ts';
import { waitForDatabase } from './wait.ts';

/** A running server. */
export interface App {
  /** Where it listens: `http://127.0.0.1:8480`. */
  readonly url: string;
  readonly adminKey: string;
  /** True when this start made the admin key. */
  readonly isFirstStart: boolean;
  /** Graceful shutdown: stop claiming, not ready, finish requests in flight, release leases, close. */
  stop(): Promise<void>;
}

/**
 * Builds the server and starts it. Throws `StartError`, also when `signal` aborts while it waits for a database server
 * that is not up yet. Until it listens, the server is not ready.
 */
export async function startApp(
  config: Config,
  signal: AbortSignal = new AbortController().signal,
): Promise<App> {
  const output = openLogOutput(config.log.format, config.isLogColored);
  const log = createLogger(config.log, config.role, output);
  keepFilesPrivate(config, log);
  const keys = await loadKeys(config);
  warnOfFewDescriptors(config, log);
  // In a process with the role api or worker the engine thread would be idle.
  const isApart = config.threads > 1 && config.role === 'all';
  const start = (): Promise<RemoteEngine> =>
    isApart ? startThreads(config, keys, output) : startHere(config, keys, log);
  const [engine, { buildApi }, { systemWorld }] = await Promise.all([
    waitForDatabase(start, config, { clock: systemClock, log }, signal),
    import('./api.ts'),
    import('./world.ts'),
  ]);
  const api = await buildApi(config, keys, engine, systemWorld(log));
  const timeoutMs = config.shutdownTimeoutMs;
  const url = await listen({ api, engine, timeoutMs }, config);
  keepCompiledCode();
  let stopping: Promise<void> | null = null;
  return {
    url,
    adminKey: keys.adminKeys[0],
    isFirstStart: keys.isFirstStart,
    stop: () => (stopping ??= stop({ api, engine, timeoutMs }, log)),
  };
}

async function startHere(config: Config, keys: Keys, log: Logger): Promise<RemoteEngine> {
  const [{ startEngine }, { startReader }, { withReader }, { systemWorld }] = await Promise.all([
    import('./engine.ts'),
    import('./reader.ts'),
    import('./backend.ts'),
    import('./world.ts'),
  ]);
  const world = systemWorld(log);
  return withReader(await startEngine(config, keys, world), await startReader(config, keys, world));
}

interface Threads {
  readonly api: Api;
  readonly engine: RemoteEngine;
  readonly timeoutMs: number;
}

async function listen(threads: Threads, { host, port }: Config): Promise<string> {
  try {
    return await threads.api.http.listen({ host, port });
  } catch (error) {
    await end(threads);
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const where = `${host}:${port}`;
    if (code === 'EADDRINUSE') {
      throw new StartError(`${where} is in use; stop what listens there, or choose another PORT`, 1, error);
    }
    throw new StartError(`cannot listen on ${where} (${String(code)}); check HOST and PORT`, 1, error);
  }
}

async function stop(threads: Threads, log: Logger): Promise<void> {
  log.info('server.stopping');
  const waited = new AbortController();
  const ended = end(threads).then(() => 'server.stopped');
  const late = systemClock
    .sleep(threads.timeoutMs + graceMs, waited.signal)
    .then(() => 'server.stop_cut_short');
  const failed = (error: unknown): string => {
    log.error({ err: error }, 'server.stop_failed');
    return 'server.stop_cut_short';
  };
  log.info(await Promise.race([ended.catch(failed), late]));
  waited.abort();
}

/**
 * Extra time for a shutdown, for example when the database does not answer. Leases that could not be released end by
 * themselves.
 */
const graceMs = 5_000;

/** Requests to the API take part of the shutdown time, deliveries in flight the rest. */
async function end({ api, engine, timeoutMs }: Threads): Promise<void> {
  const until = systemClock.now() + timeoutMs;
  // In this order: once /readyz reports not ready, nothing more is sent.
  await engine.pause();
  api.drain();
  await api.close();
  await engine.stop(Math.max(0, until - systemClock.now()));
}
