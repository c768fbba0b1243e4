// `carillon check`: whether the receiver of an endpoint verifies, takes repetitions and answers in time.
import type { Command } from 'commander';
import type { EndpointCheck } from '#contract/checks.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';
import { carillon } from '../invocation.ts';
import { toPlain } from '../output/terminal.ts';

const pollMs = 500;
/** A check takes 60 s at most, once a worker has begun it. */
const waitMsMax = 150_000;

export function addCheck(program: Command, cli: Cli): void {
  program
    .command('check <tenant> <endpoint>')
    .description(
      'Check the receiver of an endpoint: signatures, repetitions, bursts, TLS; prints a score card.',
    )
    .option('--type <type>', 'event type of the events that are sent (default: the test event)')
    .addHelpText(
      'after',
      '\nExits with 1 when something failed. Nothing of it counts in the health of the endpoint.',
    )
    .action(async (tenant: string, id: string, { type }: { type?: string }) => {
      const check = await waitFor(cli, tenant, id, type);
      cli.answer(check, (value) => describe(cli, value));
      if (check.failed > 0) cli.setExitCode(exitCodes.failed);
    });
}

async function waitFor(
  cli: Cli,
  tenant: string,
  endpoint: string,
  type: string | undefined,
): Promise<EndpointCheck> {
  const client = cli.client();
  const { clock, terminal } = cli;
  let check = await client.call('checkEndpoint', { params: { tenant, id: endpoint }, body: { type } });
  const params = { tenant, id: endpoint, check: check.id };
  const until = clock.now() + waitMsMax;
  while (check.state !== 'finished') {
    if (clock.now() >= until) {
      throw new Failure(`check ${check.id} is still ${check.state}`, {
        hint: `checks are made by workers: see that one runs, with: ${carillon} doctor`,
      });
    }
    terminal.progress(`check ${check.id}: ${check.state}, items done: ${check.items.length}`);
    await clock.sleep(pollMs);
    check = await client.call('getCheck', { params });
  }
  terminal.progress(null);
  return check;
}

function describe(cli: Cli, { id, eventType, items, passed, failed, skipped }: EndpointCheck): string {
  const { green, red, dim } = cli.terminal.colors;
  const marks = { passed: green('passed '), failed: red('failed '), skipped: dim('skipped') };
  const lines = items.flatMap(({ name, result, seen, fix }) => [
    `${marks[result]}  ${name.padEnd(15)}  ${toPlain(seen)}`,
    ...(fix === null ? [] : [`${' '.repeat(26)}-> ${toPlain(fix)}`]),
  ]);
  const sum = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return [...lines, '', `${sum}  ${dim(`${id}, ${toPlain(eventType)}`)}`].join('\n');
}
