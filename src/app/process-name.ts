import { hostname } from 'node:os';
import type { Config } from '#config.ts';
import { nameProcess } from '#core/server.ts';
import { version } from '#lib/version.ts';

/** How this process names itself to those that share its database: the same in all its threads. */
export function processName({ role }: Pick<Config, 'role'>): string {
  return nameProcess({ version, role, pid: process.pid, host: hostname() });
}
