// Calls from one thread to another: an object of async methods here is a stand-in for one over there. What one
// turn of the event loop asks travels in one message, and so do the answers.
import { Fault, type FaultCode } from '#core/fault.ts';
import { StartError } from './world.ts';

type Question = readonly [id: number, path: readonly string[], args: readonly unknown[]];
type Answer = readonly [id: number, ending: { readonly value: unknown } | { readonly error: SentError }];

/** One end of a line between two threads. */
export interface Line {
  postMessage(message: unknown): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- each end knows what the other sends
  on(event: 'message', listener: (message: any) => void): unknown;
}

/**
 * What stands here for the object at the other end, once that is there: every method of it, however deep, can be
 * called and answers a promise. Arguments and results are copied as the structured clone algorithm does it;
 * functions don't travel. Rejects when the object could not be made.
 */
export async function connect<Target extends object>(line: Line): Promise<Target> {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const send = createOutbox<Question>(line);
  let last = 0;
  line.on('message', (answers: readonly Answer[]) => {
    for (const [id, ending] of answers) {
      const call = open.get(id);
      open.delete(id);
      if ('error' in ending) call?.reject(revive(ending.error));
      else call?.resolve(ending.value);
    }
  });
  const call = (path: readonly string[], args: readonly unknown[]): Promise<unknown> => {
    const made = Promise.withResolvers<unknown>();
    open.set(++last, made);
    send([last, path, args]);
    return made.promise;
  };
  await call([], []);
  return standIn(call, []) as Target;
}

/** Answers the calls that arrive by calling `target`, once it is there. */
export function answer(line: Line, target: Promise<object>): void {
  const send = createOutbox<Answer>(line);
  const reply = async ([id, path, args]: Question): Promise<void> => {
    try {
      const object = await target;
      send([id, { value: path.length === 0 ? undefined : await callAt(object, path, args) }]);
    } catch (error) {
      send([id, { error: reduce(error) }]);
    }
  };
  // Whoever asks is told why there is nothing to ask, though that may be known before the first question.
  target.catch(() => {});
  line.on('message', (questions: readonly Question[]) => questions.forEach((one) => void reply(one)));
}

/** Sends what is put in by one callback of the event loop, and the promises it settles, as one message. */
export function createOutbox<Item>(line: Line): (item: Item) => void {
  let items: Item[] = [];
  const flush = (): void => {
    const message = items;
    items = [];
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    line.postMessage(message);
  };
  return (item) => {
    if (items.push(item) === 1) process.nextTick(flush);
  };
}

/** A function whose members are such functions, too. */
function standIn(
  call: (path: readonly string[], args: readonly unknown[]) => unknown,
  path: readonly string[],
): object {
  const members = new Map<string, object>();
  return new Proxy(() => {}, {
    get(_target, name) {
      // It is no promise: whoever awaits it gets it as it is.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let member = members.get(name);
      if (member === undefined) members.set(name, (member = standIn(call, [...path, name])));
      return member;
    },
    apply: (_target, _self, args: unknown[]) => call(path, args),
  });
}

function callAt(target: object, path: readonly string[], args: readonly unknown[]): unknown {
  const owner = path
    .slice(0, -1)
    .reduce<unknown>((object, name) => Reflect.get(Object(object), name), target);
  const method: unknown = Reflect.get(Object(owner), path.at(-1) ?? '');
  if (typeof method !== 'function') throw new Error(`there is nothing to call at ${path.join('.')}`);
  return Reflect.apply(method, owner, args);
}

/** How errors travel that are told apart by their class: cloning keeps the message and stack of others. */
type SentError =
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly message: string; readonly more: FaultMore }
  | { readonly kind: 'start'; readonly message: string; readonly exitCode: StartError['exitCode'] }
  | { readonly kind: 'other'; readonly error: unknown };

type FaultMore = ConstructorParameters<typeof Fault>[2];

function reduce(error: unknown): SentError {
  if (error instanceof StartError) return { kind: 'start', message: error.message, exitCode: error.exitCode };
  if (!(error instanceof Fault)) return { kind: 'other', error };
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
  return sent.error;
}
