// Remote procedure calls to a child process: a part of a bench or of an attack that answers the calls of its parent and ends
// with it.
import { type ChildProcess, fork } from 'node:child_process';
import { basename } from 'node:path';

/** The calls that a part answers. Inputs and answers are plain JSON. */
type Handlers<Calls> = { readonly [Name in keyof Calls]: Calls[Name] };
type Input<Call> = Call extends (input: infer I) => unknown ? I : never;
type Answer<Call> = Call extends (input: never) => infer A ? Awaited<A> : never;

export interface Part<Calls> {
  readonly pid: number;
  /** Rejects with the error that the part threw, or when the part has ended. */
  call<Name extends keyof Calls & string>(
    name: Name,
    input: Input<Calls[Name]>,
  ): Promise<Answer<Calls[Name]>>;
  stop(): Promise<void>;
}

interface Question {
  readonly number: number;
  readonly name: string;
  readonly input: unknown;
}

interface Reply {
  readonly number: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** Starts the file at `path` with the Node of this process. */
export function startPart<Calls>(path: string): Part<Calls> {
  const file = basename(path);
  const child = fork(path, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const pending = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  let calls = 0;
  child.on('message', (message) => {
    const { number, answer, error } = message as Reply;
    const caller = pending.get(number);
    pending.delete(number);
    if (error === undefined) caller?.resolve(answer as never);
    else caller?.reject(new Error(`${file}: ${error}`));
  });
  const ended = hasEnded(child).then((code) => {
    for (const { reject } of pending.values()) reject(new Error(`${file} ended with ${code}`));
    pending.clear();
  });
  return {
    pid: child.pid ?? 0,
    call: (name, input) =>
      new Promise((resolve, reject) => {
        const question: Question = { number: ++calls, name, input };
        pending.set(question.number, { resolve, reject });
        child.send(question, (error) => {
          if (error !== null) reject(error);
        });
      }),
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function hasEnded(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
}

/** In the part: answers each call with its handler, and ends the process when the parent disconnects. */
export function serveCalls<Calls>(handlers: Handlers<Calls>): void {
  process.on('message', (message) => void answer(handlers, message as Question));
  process.once('disconnect', () => process.exit());
}

async function answer<Calls>(handlers: Handlers<Calls>, { number, name, input }: Question): Promise<void> {
  const handler = handlers[name as keyof Calls] as (input: unknown) => unknown;
  const reply: Reply = await Promise.resolve()
    .then(() => handler(input))
    .then(
      (result) => ({ number, answer: result }),
      (error: unknown) => ({ number, error: String(error) }),
    );
  // Ignores the error when the parent has disconnected: this process then ends too.
  process.send?.(reply, undefined, undefined, () => {});
}
