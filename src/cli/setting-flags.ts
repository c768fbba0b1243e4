// Flags of the server's settings: `--allow-targets` for CARILLON_ALLOW_TARGETS, and so on.
import { type Command, Option } from 'commander';
import { type Config, readConfig, settings } from '#config.ts';
import type { Cli } from './cli.ts';

/** `--admin-key` is a global flag. */
const ownSettings = settings.filter(({ name }) => name !== 'CARILLON_ADMIN_KEY');

export function addSettingFlags(command: Command): Command {
  for (const { name, meaning, default: fallback } of ownSettings) {
    const text = fallback === '' ? `${meaning} (${name})` : `${meaning} (${name}; default: ${fallback})`;
    command.addOption(new Option(`${flagOf(name)} <value>`, text).helpGroup('Settings:'));
  }
  return command;
}

/** Flags take precedence over the environment, and that over defaults. Throws `ConfigError`. */
export function readSettings(cli: Cli, options: Readonly<Record<string, unknown>>): Config {
  const flags: Record<string, string> = {};
  for (const { name } of ownSettings) {
    const value = options[new Option(flagOf(name)).attributeName()];
    if (typeof value === 'string') flags[name] = value;
  }
  const { adminKey } = cli.flags();
  if (adminKey !== undefined) flags['CARILLON_ADMIN_KEY'] = adminKey;
  return readConfig(cli.environment, flags);
}

function flagOf(name: string): string {
  return `--${name
    .replace(/^CARILLON_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}
