// `carillon demo`: one process with a server, and a client and a receiver of each platform. Prints the deliveries,
// ends by itself and removes its files.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Config, readConfig } from '#config.ts';
import type { Cli } from '../cli.ts';
import { type AdminClient, createClient } from '../client.ts';
import { demoPlatforms } from '../demo/platforms.ts';
import { type DemoReceiver, startDemoReceiver } from '../demo/receiver.ts';
import { createDemoReport, type DemoReport } from '../demo/report.ts';
import { countDeliveries, type DeliveryCount, enroll, publishSample } from '../demo/tenants.ts';
import { exitCodes, Failure } from '../failure.ts';

/** The retry comes about 5 s after the first attempt. */
const timeoutMs = 30_000;
const pollMs = 100;

export function addDemo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('Show deliveries of every platform, all in one process. Ends by itself.')
    .action(() => demo(cli));
}

async function demo(cli: Cli): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const folder = await mkdtemp(join(tmpdir(), 'carillon-demo-'));
  const report = createDemoReport(cli, demoPlatforms);
  try {
    const receiver = await startDemoReceiver(demoPlatforms, cli.clock, report.attempted);
    try {
      const counts = await runServer({ cli, folder, receiver, report, signal: interrupted.signal });
      if (!report.end(counts).ok) cli.setExitCode(exitCodes.failed);
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

async function runServer(stage: Stage): Promise<readonly DeliveryCount[]> {
  const { startApp } = await import('#app/server.ts');
  const app = await startApp(configure(stage.folder));
  try {
    const client = createClient(app);
    stage.report.started(app.url);
    await enrollAll(stage, client);
    await publishAll(stage, client);
    return await untilDelivered(stage, client);
  } finally {
    await app.stop();
  }
}

/** The defaults, with a free port, a temporary folder, and deliveries to this machine allowed. */
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

async function enrollAll({ cli, receiver, report, signal }: Stage, client: AdminClient): Promise<void> {
  for (const platform of demoPlatforms) {
    throwIfInterrupted(signal);
    report.enrolling(platform);
    const place = { hookUrl: receiver.urlFor(platform), clock: cli.clock };
    receiver.expect(platform, await enroll(client, platform, place));
    report.enrolled(platform);
  }
}

async function publishAll({ cli, report }: Stage, client: AdminClient): Promise<void> {
  report.publishing();
  for (const platform of demoPlatforms) {
    for (const { type } of platform.samples) {
      report.published(platform, type, cli.clock.now());
      await publishSample(client, platform, type);
    }
  }
}

/** Polls the admin API until everything is delivered, the timeout is over or the demo is interrupted. */
async function untilDelivered(
  { cli, signal }: Stage,
  client: AdminClient,
): Promise<readonly DeliveryCount[]> {
  const endsAt = cli.clock.now() + timeoutMs;
  for (;;) {
    const counts = await Promise.all(demoPlatforms.map((platform) => countDeliveries(client, platform)));
    const isDone = counts.every(({ deliveries, delivered }) => delivered === deliveries);
    if (isDone || cli.clock.now() >= endsAt) return counts;
    await cli.clock.sleep(pollMs, signal);
    throwIfInterrupted(signal);
  }
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure('interrupted before everything was delivered');
}
