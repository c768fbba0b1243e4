// `listen --inspect`: shows each event with the answer of the application, and sends it again, edited or not, until the person goes on. What is
// sent again is between this machine and the application: the server has recorded the first answer.
import type { PulledDelivery } from '#contract/pull.ts';
import type { Cli, Input } from '../cli.ts';
import { exitCodes, Failure, messageOf } from '../failure.ts';
import { readKey } from '../live/keys.ts';
import { indentJson } from '../output/indented-json.ts';
import { toPlain, toPlainLines } from '../output/terminal.ts';
import { editText } from '../trigger/edit.ts';
import { type Answered, forward, type ForwardTerms } from './forward.ts';
import { signAgain } from './sign-again.ts';

export interface InspectTerms {
  readonly cli: Cli;
  readonly input: Input;
  readonly application: ForwardTerms;
  /** Of the endpoint; null where it is not known here. */
  readonly secret: string | null;
  readonly signal: AbortSignal;
  readonly answeredAgain: (delivery: PulledDelivery, answered: Answered) => void;
}

/** What to do after an event. */
export type Step = 'next' | 'quit';

/** Refuses, in words, where keys cannot be read or their effect cannot be seen. */
export function requireTerminal(cli: Cli): Input {
  const { terminal } = cli;
  if (cli.flags().json === true) {
    throw new Failure('--inspect shows events to a person: it cannot be used with --json', {
      exitCode: exitCodes.usage,
    });
  }
  if (cli.isInputTerminal && terminal.isOutTerminal) return cli.takeInput();
  throw new Failure('--inspect needs a terminal: it asks for a key after each event', {
    hint: 'leave out --inspect in scripts, and do not redirect input or output',
    exitCode: exitCodes.usage,
  });
}

const linesMax = 60;
const prompt = '  enter, r  send again    e  edit and send    s  next event    q  quit  ';

/** Returns when the person goes on, or quits, or the signal aborts. */
export async function inspect(delivery: PulledDelivery, terms: InspectTerms): Promise<Step> {
  const { cli, input, signal } = terms;
  const original = Buffer.from(delivery.body, 'base64').toString('utf8');
  let body = original;
  show(cli, body);
  for (;;) {
    cli.terminal.prompt(prompt);
    const key = await readKey(input, ['\r', '\n', 'r', 'e', 's', 'q'], signal);
    cli.terminal.note('');
    if (key === null || key === 'q') return 'quit';
    if (key === 's') return 'next';
    if (key === 'e') {
      const edited = await edit(cli, body);
      if (edited === null) continue;
      body = edited;
    }
    await sendAgain(delivery, body, body !== original, terms);
  }
}

/** Null when there is no editor, or it failed: that is said, and the event stays. */
async function edit(cli: Cli, text: string): Promise<string | null> {
  try {
    const edited = await editText(cli.environment, 'body.json', format(text));
    const body = edited.replace(/\r?\n$/, '');
    if (body === format(text)) return text;
    if (indentJson(body) === null) cli.terminal.note('  the edited body is not JSON; it is sent as it is');
    return body;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    cli.terminal.note(
      `  ${toPlain(messageOf(error))}${error.hint === null ? '' : `: ${toPlain(error.hint)}`}`,
    );
    return null;
  }
}

async function sendAgain(
  delivery: PulledDelivery,
  text: string,
  isEdited: boolean,
  { cli, application, secret, answeredAgain }: InspectTerms,
): Promise<void> {
  const body = Buffer.from(text);
  const { headers, isSigned } = signAgain(delivery, body, secret, cli.clock.now());
  const what = isEdited ? 'edited' : 'unchanged';
  const signature = isSigned
    ? 'signed anew with the secret of this endpoint'
    : isEdited
      ? 'NOT signed anew, since its secret is not known here: the signature does not match'
      : 'with its first signature';
  cli.terminal.note(
    `  sent again, ${what}, ${signature}; only to the application, the server has recorded the first answer`,
  );
  const again = { ...delivery, headers: { ...headers }, body: body.toString('base64') };
  answeredAgain(delivery, await forward(again, application));
}

function show(cli: Cli, body: string): void {
  const lines = format(body).split('\n');
  const shown = lines.slice(0, linesMax);
  const rest = lines.length - shown.length;
  const more = rest > 0 ? `\n… ${rest} more lines; e shows all of them in the editor` : '';
  cli.terminal.print(toPlainLines(`${shown.join('\n')}${more}`).replaceAll(/^/gm, '    '));
}

/** As it is when it is not JSON. */
function format(text: string): string {
  return indentJson(text) ?? text;
}
