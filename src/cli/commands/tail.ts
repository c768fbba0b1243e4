// `carillon tail`: attempts as they are recorded, until it is stopped.
import { type Command, Option } from 'commander';
import type { FoundAttempt } from '#contract/deliveries.ts';
import type { TailQuery } from '#contract/tail.ts';
import { modeOption } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { follow } from '../live/follow.ts';
import { listenForInterrupt } from '../live/interruption.ts';
import { noUrl } from '../output/endpoint-text.ts';
import { toPlain } from '../output/terminal.ts';
import { clockTime } from '../output/times.ts';

/** As in the contract. Repeated here, so that the command line starts without loading the schemas. */
const outcomes: readonly FoundAttempt['outcome'][] = ['accepted', 'refused', 'unreachable'];

export function addTail(parent: Command, cli: Cli): void {
  parent
    .command('tail')
    .description('Show attempts as they are recorded, until Ctrl-C.')
    .option('--tenant <tenant>', 'only this tenant')
    .option('--endpoint <endpoint>', 'only this endpoint')
    .option('--type <type>', 'only this event type')
    .addOption(new Option('--outcome <outcome>', 'only this outcome').choices(outcomes))
    .addOption(modeOption('only this mode'))
    .action((query: TailQuery) => tail(cli, query));
}

async function tail(cli: Cli, query: TailQuery): Promise<void> {
  const { terminal, clock } = cli;
  const client = cli.client();
  const interruption = listenForInterrupt();
  const isJson = cli.flags().json === true;
  let isOpen = false;
  try {
    const events = follow({
      clock,
      signal: interruption.signal,
      async open(signal) {
        const stream = await client.stream('tailAttempts', { query }, signal);
        if (!isOpen) terminal.note(`watching attempts at ${client.origin}; Ctrl-C ends`);
        isOpen = true;
        return stream;
      },
      lost: (reason) => terminal.note(`lost ${client.origin}: ${reason}; connecting again`),
      back: () => terminal.note(`connected to ${client.origin} again; attempts meanwhile are not shown`),
    });
    for await (const { event, data } of events) {
      if (event === 'missed') terminal.note('some attempts are not shown: there were too many');
      if (event !== 'attempt') continue;
      terminal.print(isJson ? JSON.stringify(data) : describe(cli, data as FoundAttempt));
    }
  } finally {
    interruption.end();
  }
}

function describe(cli: Cli, attempt: FoundAttempt): string {
  const { green, red, dim } = cli.terminal.colors;
  const { outcome, status, error, durationMs, eventType, tenant, url, startedAt } = attempt;
  const paint = outcome === 'accepted' ? green : red;
  return [
    dim(clockTime(cli, startedAt)),
    paint(outcome.padEnd('unreachable'.length)),
    String(status ?? error?.code ?? '-').padEnd(3),
    `${durationMs} ms`.padStart(8),
    toPlain(eventType),
    toPlain(tenant),
    toPlain(url === null ? noUrl : (URL.parse(url)?.host ?? url)),
  ].join('  ');
}
