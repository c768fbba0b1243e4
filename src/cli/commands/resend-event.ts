// `carillon events resend`: redelivers an event to the endpoints that it went to.
import type { Command } from 'commander';
import type { Delivery } from '#contract/deliveries.ts';
import type { Mode } from '#contract/schema.ts';
import { modeOption } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { ApiFailure } from '../client.ts';
import { exitCodes, Failure } from '../failure.ts';
import { carillon } from '../invocation.ts';
import { toPlain } from '../output/terminal.ts';
import { listDeliveries } from '../trigger/answers.ts';

interface Flags {
  readonly endpoint?: string;
  readonly mode?: Mode;
}

export function addResend(events: Command, cli: Cli): void {
  events
    .command('resend <tenant> <event>')
    .description('Redeliver an event: make one more attempt now for each endpoint that it went to.')
    .option('--endpoint <endpoint>', 'only to this endpoint')
    .addOption(modeOption('mode of the event (default: live)'))
    .action((tenant: string, id: string, flags: Flags) => resend(cli, tenant, id, flags));
}

async function resend(cli: Cli, tenant: string, id: string, { endpoint, mode: asked }: Flags): Promise<void> {
  const client = cli.client();
  const { mode } = await client.call('getEvent', { params: { tenant, id }, query: { mode: asked } });
  const owed = await listDeliveries(client, tenant, { event: id, mode, endpoint });
  if (owed.length === 0) {
    const where = endpoint === undefined ? 'to no endpoint' : `not to the endpoint ${endpoint}`;
    throw new Failure(`the event "${id}" went ${where}`, {
      hint: `see why with: ${carillon} events explain ${tenant} ${id}`,
    });
  }
  const data: Delivery[] = [];
  for (const delivery of owed) {
    try {
      data.push(await client.call('redeliver', { params: { tenant, id: delivery.id } }));
    } catch (error) {
      // The others are redelivered all the same.
      if (!(error instanceof ApiFailure) || error.status >= 500) throw error;
      cli.terminal.note(`${delivery.id} to ${delivery.endpoint}: ${toPlain(error.message)}`);
      cli.setExitCode(exitCodes.failed);
    }
  }
  cli.answer({ data }, () =>
    data.map((one) => `redelivering ${one.id}  ${one.endpoint}  ${toPlain(one.eventType)}`).join('\n'),
  );
}
