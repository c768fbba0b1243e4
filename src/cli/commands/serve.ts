// `carillon serve`: the server, until it is told to stop.
import type { Command } from 'commander';
import type { App } from '#app/server.ts';
import { type Config, keyFile } from '#config.ts';
import { createLogger } from '#lib/log.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../failure.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

export function addServe(program: Command, cli: Cli): void {
  const command = program.command('serve').description('Run the server: admin API, dialects and deliveries.');
  addSettingFlags(command).action((options: Record<string, unknown>) => serve(cli, options));
}

async function serve(cli: Cli, options: Record<string, unknown>): Promise<void> {
  const config = readSettings(cli, options);
  // Listened for from here on: a signal during the start ends it as soon as it has started.
  const told = untilToldToStop();
  // Loaded here, so that no other command waits for the whole server.
  const { startApp } = await import('#app/server.ts');
  const app = await startApp(config);
  announce(cli, config, app);
  await told;
  await app.stop();
  process.exit(exitCodes.fine);
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    const hear = (): void => {
      if (isTold) process.exit(exitCodes.failed);
      isTold = true;
      resolve();
    };
    process.on('SIGTERM', hear);
    process.on('SIGINT', hear);
  });
}

function announce(cli: Cli, config: Config, app: App): void {
  const urls = {
    url: app.url,
    adminApi: `${app.url}/admin/v1`,
    openapi: `${app.url}/openapi.json`,
    metrics: `${app.url}/metrics`,
  };
  if (config.log.format === 'pretty') return cli.terminal.print(describeStart(cli, config, app, urls));
  // Where it listens is told whatever the level: nothing else says which port a PORT of 0 became.
  const level = config.log.level === 'silent' ? 'silent' : 'info';
  const log = createLogger({ ...config.log, level });
  // Logs are kept and sent around: they hold where the key is, never the key.
  const adminKeyFile = app.isFirstStart ? { adminKeyFile: keyFile(config.databaseUrl, 'admin.key') } : {};
  log.info({ ...urls, ...adminKeyFile }, 'server.listening');
}

function describeStart(cli: Cli, config: Config, app: App, urls: Readonly<Record<string, string>>): string {
  const { bold, dim, cyan } = cli.terminal.colors;
  const lines = [
    `${bold('Carillon')} listens on ${cyan(app.url)}`,
    `  admin API  ${urls['adminApi']}`,
    `  OpenAPI    ${urls['openapi']}`,
    `  metrics    ${urls['metrics']}`,
  ];
  if (app.isFirstStart) {
    lines.push(
      '',
      `The admin key, made now and shown only this once (kept in ${keyFile(config.databaseUrl, 'admin.key')}):`,
      `  ${bold(app.adminKey)}`,
      `Use it as "Authorization: Bearer …", or let the command line find it:`,
      dim('  npm run carillon -- tenants create "My platform" --id my-platform'),
      dim('  npm run carillon -- endpoints create my-platform https://example.com/hooks'),
    );
  }
  return [...lines, ''].join('\n');
}
