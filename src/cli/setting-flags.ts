// Flags of the server's settings: `--allow-targets` for CARILLON_ALLOW_TARGETS, and so on. A secret is never an argument,
// which every user of the machine can read: its flag names a file, `--encryption-key-file` for CARILLON_ENCRYPTION_KEY.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Config, readConfig, type Setting, settings } from '#config.ts';
import { databaseUrlOption } from './database-url.ts';
import type { Cli } from './cli.ts';
import { exitCodes, messageOf } from './failure.ts';
import { readSecret } from './secret-input.ts';

/** `--admin-key-file` is a global flag. */
const ownSettings = settings.filter(({ name }) => name !== 'CARILLON_ADMIN_KEY');

/** Of all settings, or of those whose names match. */
export function addSettingFlags(command: Command, among = /^/): Command {
  for (const setting of ownSettings.filter(({ name }) => among.test(name))) {
    const { name, meaning, default: fallback } = setting;
    const text = fallback === '' ? `${meaning} (${name})` : `${meaning} (${name}; default: ${fallback})`;
    const options = [
      ...createValueOption(setting, text),
      ...(setting.isSecret === true
        ? [new Option(`${flagOf(setting)}-file <file>`, `file of ${name}; - is standard input`)]
        : []),
    ];
    for (const option of options) command.addOption(option.helpGroup('Settings:'));
  }
  return command;
}

/** Flags take precedence over the environment, and that over defaults. Throws `Failure` or `ConfigError`. */
export async function readSettings(cli: Cli, options: Readonly<Record<string, unknown>>): Promise<Config> {
  const flags: Record<string, string> = {};
  for (const setting of ownSettings) {
    const value = options[attributeOf(flagOf(setting))];
    const file = options[attributeOf(`${flagOf(setting)}-file`)];
    if (typeof value === 'string') flags[setting.name] = value;
    if (typeof file === 'string') flags[setting.name] = await readSecret(cli, file, exitCodes.configuration);
  }
  const { adminKey } = cli.flags();
  if (adminKey !== undefined) flags['CARILLON_ADMIN_KEY'] = adminKey;
  return readConfig(cli.environment, flags);
}

/** The option with the value itself, which is checked and stays as it is. None for a secret. */
function createValueOption(setting: Setting, text: string): readonly Option[] {
  const flags = `${flagOf(setting)} ${setting.isSwitch ? '[value]' : '<value>'}`;
  // A secret only with a password.
  if (setting.name === 'DATABASE_URL') return [databaseUrlOption(flags, text, 'sqlite', 'postgres')];
  if (setting.isSecret === true) return [];
  const check = (value: string): string => {
    try {
      setting.read(value.trim());
      return value;
    } catch (error) {
      throw new InvalidArgumentError(
        messageOf(error)
          .replace(/^must /, 'It must ')
          .replace(/[.]?$/, '.'),
      );
    }
  };
  const option = new Option(flags, text).argParser(check);
  return [setting.isSwitch ? option.preset('true') : option];
}

function attributeOf(flag: string): string {
  return new Option(flag).attributeName();
}

function flagOf({ name, flag }: Setting): string {
  if (flag !== undefined) return flag;
  return `--${name
    .replace(/^CARILLON_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}
