// `carillon serve`: runs the server until SIGTERM or SIGINT, then shuts down gracefully.
import { once } from 'node:events';
import type { Command } from 'commander';
import type { App } from '#app/server.ts';
import { type Config, keyFile } from '#config.ts';
import { createLogger } from '#lib/log.ts';
import { describeUnknown, findUnknownSettings } from '../checks/setting-names.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { exitCodes } from '../failure.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

export function addServe(program: Command, cli: Cli): void {
  const command = program.command('serve').description('Run the server: admin API, dialects and deliveries.');
  addSettingFlags(command).action((options: Record<string, unknown>) => serve(cli, options));
}

async function serve(cli: Cli, options: Record<string, unknown>): Promise<void> {
  const config = await readSettings(cli, options);
  warnOfUnknown(cli, config);
  // A signal ends the wait for a database server that is not up yet; in the rest of the start it takes effect after it.
  const stopping = stopSignal();
  // Imported here, so that other commands do not load the server.
  const { startApp } = await import('#app/server.ts');
  const app = await startApp(config, stopping).catch((error: unknown) => {
    if (stopping.aborted) process.exit(exitCodes.ok);
    throw error;
  });
  announce(cli, config, app);
  if (!stopping.aborted) await once(stopping, 'abort');
  await app.stop();
  process.exit(exitCodes.ok);
}

/** A mistyped setting has no effect: it is named before anything happens without it. */
function warnOfUnknown(cli: Cli, { log: options, role }: Config): void {
  const unknown = findUnknownSettings(cli.environment);
  const { yellow } = cli.terminal.errorColors;
  if (options.format === 'pretty') {
    for (const one of unknown) cli.terminal.note(`${yellow('warning:')} ${describeUnknown(one)}`);
  } else if (unknown.length > 0) {
    const log = createLogger(options, role);
    for (const one of unknown) log.warn(one, 'setting.unknown');
  }
}

/** Aborts at the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const onSignal = (): void => {
    if (stopping.signal.aborted) process.exit(exitCodes.failed);
    stopping.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

function announce(cli: Cli, config: Config, app: App): void {
  const urls = listRoutes(config.role, app.url);
  if (config.log.format === 'pretty') return cli.terminal.print(describeStart(cli, config, app, urls));
  // Logged at every level but silent: with PORT=0, only this line has the port.
  const level = config.log.level === 'silent' ? 'silent' : 'info';
  const log = createLogger({ ...config.log, level }, config.role);
  // Logs are stored and shared: they contain the path of the key, never the key.
  const adminKeyFile = app.isFirstStart ? { adminKeyFile: keyFile(config.databaseUrl, 'admin.key') } : {};
  log.info({ url: app.url, ...urls, ...adminKeyFile }, 'server.listening');
}

/** What answers at the server's address. A worker answers no API. */
export function listRoutes(role: Config['role'], url: string): Readonly<Record<string, string>> {
  const apis = { console: `${url}/console/`, adminApi: `${url}/admin/v1`, openapi: `${url}/openapi.json` };
  return { ...(role === 'worker' ? {} : apis), metrics: `${url}/metrics`, readiness: `${url}/readyz` };
}

const titles: Readonly<Record<string, string>> = { adminApi: 'admin API', openapi: 'OpenAPI' };

function describeStart(cli: Cli, config: Config, app: App, urls: Readonly<Record<string, string>>): string {
  const { bold, dim, cyan } = cli.terminal.colors;
  const lines = [
    `${bold('Carillon')} listens on ${cyan(app.url)}`,
    ...Object.entries(urls).map(([name, url]) => `  ${(titles[name] ?? name).padEnd(9)}  ${url}`),
  ];
  if (config.paused) lines.push('', bold(`Paused: nothing is delivered until: ${carillon} resume`));
  if (app.isFirstStart) {
    lines.push(
      '',
      `Admin key, generated now and shown only once (stored in ${keyFile(config.databaseUrl, 'admin.key')}):`,
      `  ${bold(app.adminKey)}`,
      `Send it as "Authorization: Bearer …". The command line reads it from that file:`,
      dim(`  ${carillon} tenants create "My platform" --id my-platform`),
      dim(`  ${carillon} endpoints create my-platform https://example.com/hooks`),
    );
  }
  return [...lines, ''].join('\n');
}
