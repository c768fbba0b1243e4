// `carillon demo`: a whole server, a receiver that checks every signature, and deliveries as they arrive.
// Ends by itself and leaves nothing behind.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Config, readConfig } from '#config.ts';
import type { DeliveryPage } from '#contract/deliveries.ts';
import type { EndpointWithSecret } from '#contract/endpoints.ts';
import type { PublishedEvent } from '#contract/events.ts';
import type { Cli } from './cli.ts';
import { type AdminClient, at, createClient } from './client.ts';
import { type DemoDialect, demoDialects } from './demo-dialects.ts';
import { type DemoReceiver, startDemoReceiver } from './demo-receiver.ts';
import { createDemoReport, type DeliveryCount, type DemoReport } from './demo-report.ts';
import { exitCodes, Failure } from './failure.ts';

/** The retry comes about 5 s after the first attempt: what takes much longer has failed. */
const patienceMs = 30_000;
const lookMs = 100;

export function addDemo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('Watch deliveries happen: server, receiver and events in one process. Ends by itself.')
    .action(() => demo(cli));
}

async function demo(cli: Cli): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const folder = await mkdtemp(join(tmpdir(), 'carillon-demo-'));
  const report = createDemoReport(cli);
  try {
    const receiver = await startDemoReceiver(demoDialects, cli.clock, report.attempted);
    try {
      const count = await runServer({ cli, folder, receiver, report, signal: interrupted.signal });
      if (!report.end(count).ok) cli.endWith(exitCodes.failed);
    } finally {
      await receiver.close();
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly cli: Cli;
  readonly folder: string;
  readonly receiver: DemoReceiver;
  readonly report: DemoReport;
  readonly signal: AbortSignal;
}

async function runServer(stage: Stage): Promise<DeliveryCount> {
  const { startApp } = await import('#app.ts');
  const app = await startApp(configure(stage.folder));
  try {
    const client = createClient(app);
    stage.report.started(
      app.url,
      demoDialects.map(({ dialect }) => dialect),
    );
    for (const entry of demoDialects) await publishSamples(stage, client, entry);
    return await untilDelivered(stage, client);
  } finally {
    await app.stop();
  }
}

function configure(folder: string): Config {
  return readConfig(
    {},
    {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
      CARILLON_ALLOW_TARGETS: '127.0.0.0/8,::1/128',
      LOG_LEVEL: 'silent',
      LOG_FORMAT: 'json',
    },
  );
}

/** A tenant and an endpoint for the dialect, and its events: each by one call, as a platform would. */
async function publishSamples({ cli, receiver, report }: Stage, client: AdminClient, entry: DemoDialect) {
  const tenant = tenantOf(entry);
  await client.send('POST', '/tenants', {
    id: tenant,
    name: `Demo of ${entry.dialect}`,
    dialect: entry.dialect,
  });
  const endpoint = await client.send<EndpointWithSecret>('POST', at`/tenants/${tenant}/endpoints`, {
    url: receiver.urlFor(entry),
    eventTypes: ['*'],
  });
  receiver.expect(entry, endpoint.secret ?? '');
  for (const [index, { type, payload }] of entry.sampleEvents.entries()) {
    const id = `${tenant}-${index + 1}`;
    // Before the call: its first attempt may well arrive before its answer.
    report.published(id, cli.clock.now());
    await client.send<PublishedEvent>('POST', at`/tenants/${tenant}/events`, { id, type, payload });
  }
}

function tenantOf({ dialect }: DemoDialect): string {
  return `demo-${dialect}`;
}

/** Looks into the server's own log of deliveries until all have arrived, or patience or the person ends it. */
async function untilDelivered({ cli, signal }: Stage, client: AdminClient): Promise<DeliveryCount> {
  const endsAt = cli.clock.now() + patienceMs;
  for (;;) {
    const count = await countDeliveries(client);
    if (count.delivered === count.deliveries || cli.clock.now() >= endsAt) return count;
    await cli.clock.sleep(lookMs, signal);
    if (signal.aborted) throw new Failure('stopped before everything was delivered');
  }
}

async function countDeliveries(client: AdminClient): Promise<DeliveryCount> {
  const pages = await Promise.all(
    demoDialects.map((entry) =>
      client.get<DeliveryPage>(at`/tenants/${tenantOf(entry)}/deliveries`, { limit: 200 }),
    ),
  );
  const deliveries = pages.flatMap(({ data }) => data);
  return {
    deliveries: deliveries.length,
    delivered: deliveries.filter(({ state }) => state === 'delivered').length,
    attempts: deliveries.reduce((sum, { attemptCount }) => sum + attemptCount, 0),
  };
}
