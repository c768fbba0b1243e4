// Runs one command line in this process, with streams and an environment of its own.
import { run } from '#cli/program.ts';
import { systemClock } from '#lib/clock.ts';

export interface InProcessOptions {
  readonly input?: string;
  /** None of the variables of this process, unless they are here. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether standard input and standard error are terminals. */
  readonly isTerminal?: boolean;
}

export async function runInProcess(
  args: readonly string[],
  { input, environment = {}, isTerminal = false }: InProcessOptions = {},
): Promise<{ code: number; out: string; error: string }> {
  let out = '';
  let error = '';
  const stream = (async function* () {
    if (input !== undefined) yield Buffer.from(input);
  })();
  const code = await run(args, {
    out: { write: (text) => (out += text) },
    error: { write: (text) => (error += text), isTTY: isTerminal },
    input: Object.assign(stream, { isTTY: isTerminal }),
    environment,
    clock: systemClock,
  });
  return { code, out, error };
}
