// Waits until each endpoint that an event went to has answered.
import { readAllPages } from '#contract/all-pages.ts';
import type { Delivery } from '#contract/deliveries.ts';
import type { Cli } from '../cli.ts';
import type { AdminClient } from '../client.ts';
import { toPlain } from '../output/terminal.ts';

const pollMs = 300;

/** The deliveries of an event once each has an attempt or waits for none, or after `timeoutMs`. */
export async function waitForAnswers(
  { clock, terminal }: Cli,
  client: AdminClient,
  {
    tenant,
    event,
    mode,
  }: { readonly tenant: string; readonly event: string; readonly mode: 'live' | 'test' },
  timeoutMs: number,
): Promise<readonly Delivery[]> {
  const until = clock.now() + timeoutMs;
  for (;;) {
    const found = await listDeliveries(client, tenant, { event, mode });
    const open = found.filter(({ attemptCount, state }) => attemptCount === 0 && state === 'pending');
    if (open.length === 0 || clock.now() >= until) {
      terminal.progress(null);
      return found;
    }
    terminal.progress(`${open.length} of ${found.length} endpoints have not answered`);
    await clock.sleep(pollMs);
  }
}

/** All of them. */
export async function listDeliveries(
  client: AdminClient,
  tenant: string,
  filter: { readonly event: string; readonly mode: 'live' | 'test'; readonly endpoint?: string | undefined },
): Promise<readonly Delivery[]> {
  return readAllPages((cursor) =>
    client.call('listDeliveries', { params: { tenant }, query: { ...filter, limit: 200, cursor } }),
  );
}

/** Not accepted, or not answered in time. Held deliveries wait for their endpoint to be enabled: no answer is due. */
export function isFailed({ state }: Delivery): boolean {
  return state === 'exhausted' || state === 'pending';
}

export function describeAnswer(cli: Cli, delivery: Delivery): string {
  const { green, red, dim } = cli.terminal.colors;
  const { endpoint, id, state, lastStatus, lastError, attemptCount, dueAt } = delivery;
  const answer = lastStatus === null ? (lastError ?? 'no answer') : String(lastStatus);
  const next = dueAt === null ? '' : `, tried again at ${dueAt}`;
  const text =
    state === 'delivered'
      ? green(`delivered  ${answer}`)
      : state === 'held'
        ? 'held       the endpoint is disabled'
        : state === 'canceled'
          ? 'canceled'
          : attemptCount === 0
            ? red('pending    no answer yet')
            : red(`failed     ${answer}${next}`);
  return `${toPlain(endpoint)}  ${text}  ${dim(id)}`;
}
