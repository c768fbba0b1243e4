// Long polls and streams. A request that waits holds a place, and neither a thread, a transaction nor a connection to the
// database: the command is asked, answers at once, and is asked again when there is news or something is due.
import type { Socket } from 'node:net';
import type { Backend } from '#core/backend.ts';
import type { CommandInput, CommandName, CommandResult } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import { formatEvent, formatRetry, pingEvent, type ServerSentEvent } from '#lib/server-sent-events.ts';
import { type Follow, type FollowedName, follows, isFollowed, type Run } from './follow.ts';
import { Places } from './places.ts';
import { Watchers } from './watchers.ts';

export interface LiveDeps {
  readonly backend: Pick<Backend, 'news'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'streamsMax' | 'streamsPerTenantMax'>;
  readonly log: Logger;
  /** Other processes share the database. */
  readonly isShared: boolean;
}

/** A command that a client asks. */
export interface Asked<C extends CommandName> {
  readonly command: C;
  readonly input: CommandInput<C>;
  readonly run: Run;
  /** The connection of the client: when it closes, nobody waits any more. */
  readonly socket: Pick<Socket, 'once' | 'off'>;
}

const pingMs = 15_000;
/** How soon a client connects again to a stream that has ended. */
const reconnectMs = 1_000;
/** Something is due and another client has it just now: it is looked again after this. */
const againMs = 100;
/** How often it is looked for what other processes did. */
const pollMs = 500;

export class Live {
  readonly #deps: LiveDeps;
  readonly #watchers: Watchers;
  readonly #places: Places;
  readonly #closing = new AbortController();

  constructor(deps: LiveDeps) {
    this.#deps = deps;
    this.#watchers = new Watchers(deps);
    this.#places = new Places(deps.limits);
  }

  /** Graceful shutdown: streams end, and what waits is answered as it is. */
  close(): void {
    this.#closing.abort();
  }

  /** The result of a command; of one that can be waited for, when there is something, or after `waitMs` of its input. */
  async answer<C extends CommandName>(asked: Asked<C>): Promise<CommandResult<C>> {
    const { command, input, run } = asked;
    const waitMs = 'waitMs' in input ? (input.waitMs ?? 0) : 0;
    if (!isFollowed(command) || waitMs === 0) return run(command, input);
    const follow: unknown = follows[command];
    const waited: unknown = await this.#wait(asked as never, follow as Follow<FollowedName>, waitMs);
    return waited as CommandResult<C>;
  }

  /** The text of a stream of server-sent events. Rejects with the fault of its first question. */
  async stream<C extends FollowedName>(
    asked: Asked<C>,
    write: (result: CommandResult<C>) => readonly ServerSentEvent[],
  ): Promise<AsyncGenerator<string>> {
    const follow = follows[asked.command] as unknown as Follow<C>;
    const first = follow.begin(asked.input);
    const result = await asked.run(asked.command, first);
    const leave = this.#places.take(follow.tenantOf(result));
    const client = watchSocket(asked.socket);
    const signal = AbortSignal.any([client.gone, this.#closing.signal]);
    const free = (): void => {
      leave();
      client.stop();
    };
    // Also before anything is read of the stream.
    client.gone.addEventListener('abort', leave, { once: true });
    return this.#follow({ asked, follow, write, signal, free, first, result });
  }

  async #wait<C extends FollowedName>(
    asked: Asked<C>,
    follow: Follow<C>,
    waitMs: number,
  ): Promise<CommandResult<C>> {
    const { command, input, run, socket } = asked;
    const { clock } = this.#deps;
    const until = clock.now() + waitMs;
    const client = watchSocket(socket);
    const signal = AbortSignal.any([client.gone, this.#closing.signal]);
    const watcher = this.#watchers.watch(follow.wakes(input));
    let leave: (() => void) | null = null;
    try {
      for (;;) {
        const result = await run(command, input);
        if (client.gone.aborted) await follow.takeBack?.(run, input, result);
        if (!follow.isEmpty(result) || signal.aborted || clock.now() >= until) return result;
        leave ??= this.#places.take(follow.tenantOf(result));
        await watcher.wait(Math.min(until, this.#lookAgainAt(follow, result)), signal);
        if (signal.aborted) return result;
      }
    } finally {
      leave?.();
      watcher.close();
      client.stop();
    }
  }

  async *#follow<C extends FollowedName>(stream: Stream<C>): AsyncGenerator<string> {
    const { asked, follow, write, signal, free } = stream;
    const { command, run } = asked;
    const { clock, log } = this.#deps;
    const watcher = this.#watchers.watch(follow.wakes(stream.first));
    let { result } = stream;
    let input = stream.first;
    let pingAt = clock.now() + pingMs;
    try {
      yield formatRetry(reconnectMs);
      for (;;) {
        const isEmpty = follow.isEmpty(result);
        if (!isEmpty || clock.now() >= pingAt) {
          pingAt = clock.now() + pingMs;
          yield write(result).map(formatEvent).join('') || pingEvent;
        }
        input = follow.next(input, result);
        if (isEmpty) await watcher.wait(Math.min(pingAt, this.#lookAgainAt(follow, result)), signal);
        if (follow.gapMs > 0 && !signal.aborted) await clock.sleep(follow.gapMs, signal);
        if (signal.aborted) break;
        result = await run(command, input);
        if (!signal.aborted) continue;
        await follow.takeBack?.(run, input, result);
        break;
      }
      yield formatEvent({
        event: 'end',
        data: { code: 'unavailable', detail: 'The server is shutting down.' },
      });
    } catch (error) {
      if (!(error instanceof Fault)) log.error({ err: error, command }, 'live.stream_failed');
      const { code, message } = error instanceof Fault ? error : internal;
      yield formatEvent({ event: 'end', data: { code, detail: message } });
    } finally {
      watcher.close();
      free();
    }
  }

  #lookAgainAt<C extends FollowedName>(follow: Follow<C>, result: CommandResult<C>): number {
    const now = this.#deps.clock.now();
    const dueAt = Math.max(follow.dueAt(result) ?? Infinity, now + againMs);
    return follow.isPolled && this.#deps.isShared ? Math.min(dueAt, now + pollMs) : dueAt;
  }
}

interface Stream<C extends FollowedName> {
  readonly asked: Asked<C>;
  readonly follow: Follow<C>;
  readonly write: (result: CommandResult<C>) => readonly ServerSentEvent[];
  readonly signal: AbortSignal;
  readonly free: () => void;
  /** The first question, and its answer. */
  readonly first: CommandInput<C>;
  readonly result: CommandResult<C>;
}

const internal = { code: 'internal', message: 'The stream could not go on.' };

/** `gone` aborts when the connection closes. */
function watchSocket(socket: Asked<CommandName>['socket']): { gone: AbortSignal; stop: () => void } {
  const closed = new AbortController();
  const close = (): void => closed.abort();
  socket.once('close', close);
  return { gone: closed.signal, stop: () => void socket.off('close', close) };
}
