// Flags of the settings of an endpoint, the same for `endpoints create` and `endpoints change`. In a change, `--no-<setting>`
// removes one.
import { type Command, InvalidArgumentError } from 'commander';
import type { Endpoint } from '#contract/endpoints.ts';
import type { SettingsIn } from '#contract/settings.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { messageOf } from './failure.ts';

export interface SettingFlags {
  readonly filter?: JsonObject | false;
}

interface Flag {
  readonly setting: keyof SettingFlags;
  readonly value: string;
  readonly description: string;
  readonly parse: (text: string) => unknown;
}

const flags: readonly Flag[] = [
  {
    setting: 'filter',
    value: '<json>',
    description: 'deliver only events that match: {"amount":{"$gte":1000}}',
    parse: jsonObject,
  },
];

/** The flags of `change`; of a creation without those that remove. */
export function addSettingFlags(command: Command, isChange: boolean): Command {
  for (const { setting, value, description, parse } of flags) {
    const name = setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    command.option(`--${name} ${value}`, description, parse);
    if (isChange) command.option(`--no-${name}`, `remove it`);
  }
  return command;
}

/** The settings that were given; null for one to remove. */
export function readSettings(given: SettingFlags): SettingsIn {
  const entries = flags
    .map(({ setting }) => [setting, given[setting]] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([setting, value]) => [setting, value === false ? null : value]));
}

/** The settings that an endpoint has, for people. */
export function describeSettings({ filter }: Endpoint): (readonly [string, string])[] {
  return filter === null ? [] : [['filter', JSON.stringify(filter)]];
}

export function jsonValue(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (error) {
    throw new InvalidArgumentError(`It is not valid JSON: ${messageOf(error)}.`);
  }
}

export function jsonObject(text: string): JsonObject {
  const value = jsonValue(text);
  if (!isJsonObject(value)) throw new InvalidArgumentError('It must be a JSON object.');
  return value;
}
