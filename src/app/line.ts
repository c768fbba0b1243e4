// The line between the API thread and another thread: each call is one message and gets one answer. All
// calls of one callback of the event loop share a message, and so do the answers.
import type { Backend } from '#core/backend.ts';
import { Fault, type FaultCode } from '#core/fault.ts';
import { StartError } from './start-error.ts';

/** The engine as the other thread sees it. */
export interface RemoteEngine extends Backend {
  /** Claims and sends no more once it resolves; requests in flight go on. */
  pause(): Promise<void>;
  /** Writes the stats that are still in memory. */
  flushStats(): Promise<void>;
  /** Graceful shutdown: finishes what is in flight for `timeoutMs` at most, releases the other leases, closes the store. */
  stop(timeoutMs: number): Promise<void>;
}

/** The reading thread as the API thread sees it: for commands that only read. */
export interface RemoteReader extends Pick<Backend, 'run' | 'runAs' | 'check'> {
  /** Nothing waits: each read is short. */
  stop(timeoutMs?: number): Promise<void>;
}

type Calls<Remote> = readonly (keyof Remote & string)[];
export const engineCalls = [
  'run',
  'runAs',
  'publish',
  'published',
  'accessChanged',
  'news',
  'placement',
  'check',
  'metricsText',
  'pause',
  'flushStats',
  'stop',
] as const satisfies Calls<RemoteEngine>;
export const readerCalls = ['run', 'runAs', 'check', 'stop'] as const satisfies Calls<RemoteReader>;

type Question = readonly [id: number, name: string, args: readonly unknown[]];
type Answer = readonly [id: number, ending: { readonly value: unknown } | { readonly error: SentError }];

/** One end of a line between two threads. */
export interface Line {
  postMessage(message: unknown): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- each end knows what the other sends
  on(event: 'message', listener: (message: any) => void): unknown;
}

/** What is at the other end, once it has started there. Rejects when it could not start. `check` is among its calls. */
export async function connect<Remote extends Pick<Backend, 'check'>>(
  line: Line,
  calls: Calls<Remote>,
): Promise<Remote> {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const settle = (answers: readonly Answer[]): void => {
    for (const [id, ending] of answers) {
      const call = open.get(id);
      open.delete(id);
      if ('error' in ending) call?.reject(revive(ending.error));
      else call?.resolve(ending.value);
    }
  };
  const send = createOutbox<Question>(line, ([id], error) => settle([[id, { error: reduce(error) }]]));
  let last = 0;
  line.on('message', settle);
  const call = (name: string, args: readonly unknown[]): Promise<unknown> => {
    const made = Promise.withResolvers<unknown>();
    open.set(++last, made);
    send([last, name, args]);
    return made.promise;
  };
  const remote = Object.fromEntries(
    calls.map((name) => [name, (...args: readonly unknown[]) => call(name, args)]),
  ) as unknown as Remote;
  // The first message is answered when it has started.
  await remote.check();
  return remote;
}

/** Answers the calls that arrive by calling `starting`, once it has started. */
export function answer(line: Line, starting: Promise<RemoteEngine | RemoteReader>): void {
  const send = createOutbox<Answer>(line, ([id], error) => send([id, { error: reduce(error) }]));
  const reply = async ([id, name, args]: Question): Promise<void> => {
    try {
      const remote = (await starting) as unknown as Readonly<
        Record<string, (...args: unknown[]) => Promise<unknown>>
      >;
      send([id, { value: await remote[name]?.(...args) }]);
    } catch (error) {
      send([id, { error: reduce(error) }]);
    }
  };
  // A failed start is reported to the caller, also when it is known before the first question.
  starting.catch(() => {});
  line.on('message', (questions: readonly Question[]) => questions.forEach((one) => void reply(one)));
}

/**
 * Sends the items of one callback of the event loop, and of the promises that it settles, as one message. An item that
 * cannot be cloned is given to `refuse`, and the others are sent.
 */
export function createOutbox<Item>(
  line: Line,
  refuse: (item: Item, error: unknown) => void,
): (item: Item) => void {
  let items: Item[] = [];
  const post = (message: readonly Item[]): void => {
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
      line.postMessage(message);
    } catch (error) {
      if (message.length > 1) message.forEach((item) => post([item]));
      else message.forEach((item) => refuse(item, error));
    }
  };
  const flush = (): void => {
    const message = items;
    items = [];
    post(message);
  };
  return (item) => {
    if (items.push(item) === 1) process.nextTick(flush);
  };
}

/** How errors cross that are told apart by their class: a clone keeps the message and stack of others. */
type SentError =
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly message: string; readonly more: FaultMore }
  | { readonly kind: 'start'; readonly message: string; readonly exitCode: StartError['exitCode'] }
  | { readonly kind: 'other'; readonly message: string; readonly stack: string | undefined };
type FaultMore = ConstructorParameters<typeof Fault>[2];

function reduce(error: unknown): SentError {
  if (error instanceof StartError) return { kind: 'start', message: error.message, exitCode: error.exitCode };
  if (!(error instanceof Fault)) {
    return error instanceof Error
      ? { kind: 'other', message: error.message, stack: error.stack }
      : { kind: 'other', message: String(error), stack: undefined };
  }
  const { code, message, fields, retryAfterSeconds, resourceId } = error;
  const more = {
    fields,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    ...(resourceId === null ? {} : { resourceId }),
  };
  return { kind: 'fault', code, message, more };
}

function revive(sent: SentError): unknown {
  if (sent.kind === 'fault') return new Fault(sent.code, sent.message, sent.more);
  if (sent.kind === 'start') return new StartError(sent.message, sent.exitCode);
  const error = new Error(sent.message);
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
