// `carillon doctor`: checks everything that a server needs, and prints what to do.
import type { Command } from 'commander';
import type { Config } from '#config.ts';
import { nameDatabase, readClientConfig } from '#config.ts';
import { httpUrl } from '../arguments.ts';
import { checkArchive } from '../checks/archive.ts';
import type { Cli } from '../cli.ts';
import {
  checkAdminApi,
  checkClock,
  checkDisk,
  checkEncryptionKey,
  checkNames,
  checkOutbox,
  checkTables,
  checkTarget,
} from '../checks/doctor.ts';
import type { Finding } from '../checks/finding.ts';
import { exitCodes, messageOf, reportFailure } from '../failure.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';
import { createTable } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';

export function addDoctor(program: Command, cli: Cli): void {
  const command = program
    .command('doctor')
    .description(
      'Check the configuration, database, keys, disk, outbox, archive, clock, server, worker and, with --target, a receiver.',
    )
    .option('--target <url>', 'send one POST to this receiver under the rules of deliveries', httpUrl);
  addSettingFlags(command).action((options: Record<string, unknown>) => examine(cli, options));
}

async function examine(cli: Cli, options: Record<string, unknown>): Promise<void> {
  const findings: Finding[] = [];
  const config = await readConfiguration(cli, options, findings);
  findings.push(...checkNames(cli.environment));
  if (config !== null) {
    const database = await attempt('database', () => checkTables(config));
    findings.push(...database);
    // The key is compared with what a readable database keeps.
    if (database.every(({ status }) => status !== 'fail')) {
      findings.push(...(await attempt('encryption key', () => checkEncryptionKey(config))));
    }
    findings.push(...(await attempt('disk', () => checkDisk(config))));
    findings.push(...(await attempt('outbox', () => checkOutbox(config))));
    findings.push(...(await attempt('archive', () => checkArchive(config))));
  }
  findings.push(...(await examineServer(cli, config)));
  const target = options['target'];
  if (config !== null && typeof target === 'string') {
    findings.push(...(await attempt('target', () => checkTarget(config, target))));
  }
  report(cli, findings);
}

async function readConfiguration(
  cli: Cli,
  options: Record<string, unknown>,
  findings: Finding[],
): Promise<Config | null> {
  const check = 'configuration';
  try {
    const config = await readSettings(cli, options);
    const detail = `address ${config.host}:${config.port}, database ${nameDatabase(config.databaseUrl)}`;
    findings.push({ check, status: 'ok', detail, advice: null });
    return config;
  } catch (error) {
    const { messages, hint } = reportFailure(error);
    for (const detail of messages) findings.push({ check, status: 'fail', detail, advice: hint });
    return null;
  }
}

async function examineServer(cli: Cli, config: Config | null): Promise<readonly Finding[]> {
  const flags = cli.flags();
  // The settings, flags included. When they are wrong, only the address is known.
  const environment = {
    CARILLON_SERVER: cli.environment['CARILLON_SERVER'],
    HOST: config?.host,
    PORT: config?.port.toString(),
    DATABASE_URL: config?.databaseUrl,
    CARILLON_ADMIN_KEY: config?.adminKeys?.[0],
  };
  const isAsked = flags.server !== undefined || (environment.CARILLON_SERVER ?? '') !== '';
  return attempt('admin API', async () => {
    const client = readClientConfig(environment, flags);
    const { date, findings } = await checkAdminApi(client, isAsked, cli.clock.now());
    return [...findings, checkClock(cli.clock.now(), date)];
  });
}

/** An error in a check is a failed check. The others still run. */
async function attempt(check: string, run: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [{ check, status: 'fail', detail: messageOf(error), advice: null }];
  }
}

function report(cli: Cli, findings: readonly Finding[]): void {
  const ok = findings.every(({ status }) => status !== 'fail');
  cli.answer({ ok, checks: findings }, () => format(cli, findings));
  if (!ok) cli.setExitCode(exitCodes.failed);
}

function format(cli: Cli, findings: readonly Finding[]): string {
  const { bold, dim, green, yellow, red } = cli.terminal.colors;
  const paints = { ok: green, warn: yellow, fail: red };
  const table = createTable(['', 'CHECK', 'FOUND'], { paintHeader: bold });
  const rows = findings.map(({ check, status, detail }) => [paints[status](status), check, toPlain(detail)]);
  const [header = '', ...lines] = table.format(rows);
  const advised = lines.flatMap((line, index) => {
    const advice = findings[index]?.advice ?? null;
    return advice === null ? [line] : [line, dim(`      → ${toPlain(advice)}`)];
  });
  return [header, ...advised].join('\n');
}
