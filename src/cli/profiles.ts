// Profiles of the command line: servers with their keys, in a file that its owner alone can read. A profile is used whole: its
// key goes to its own server only.
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from './cli.ts';
import { exitCodes, Failure } from './failure.ts';
import { carillon } from './invocation.ts';

export interface Profile {
  readonly server: string;
  readonly key: string;
}

export interface Profiles {
  /** The one that is used where none is named; null for none. */
  readonly current: string | null;
  readonly profiles: Readonly<Record<string, Profile>>;
}

export const profileDefault = 'default';

const none: Profiles = { current: null, profiles: {} };
/** No reading or writing by others. */
const othersMask = 0o077;

/** `~/.config/carillon/config.json`; null without a home. */
export function profilesFile(environment: Environment): string | null {
  const { XDG_CONFIG_HOME: base, HOME: home } = environment;
  // By the specification, a relative path is not valid.
  if (base?.startsWith('/') === true) return join(base, 'carillon', 'config.json');
  return home === undefined || home === '' ? null : join(home, '.config', 'carillon', 'config.json');
}

/** Throws `Failure` for a file that others can read, or that is not of this form. */
export function readProfiles(environment: Environment): Profiles {
  const file = profilesFile(environment);
  if (file === null) return none;
  let text: string;
  try {
    if ((statSync(file).mode & othersMask) !== 0)
      throw refuse(file, 'others can read it', `chmod 600 ${file}`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return none;
    throw error instanceof Failure ? error : refuse(file, 'it cannot be read', 'check its owner', error);
  }
  const found = parse(text);
  if (found === null)
    throw refuse(file, 'it is not in the form of this version', `remove it, and run: ${carillon} login`);
  return found;
}

function parse(text: string): Profiles | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { current, profiles } = value as { readonly current?: unknown; readonly profiles?: unknown };
  if (typeof profiles !== 'object' || profiles === null) return null;
  const entries = Object.entries(profiles as Record<string, unknown>);
  if (!entries.every(([, one]) => isProfile(one))) return null;
  return {
    current: typeof current === 'string' ? current : null,
    // From entries, each with these two members alone: a name may be __proto__.
    profiles: Object.fromEntries(entries as [string, Profile][]),
  };
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false;
  const { server, key } = value as Partial<Record<keyof Profile, unknown>>;
  return typeof server === 'string' && typeof key === 'string';
}

/** Replaces the file as a whole. Throws `Failure` without a home. */
export function writeProfiles(environment: Environment, profiles: Profiles): string {
  const file = profilesFile(environment);
  if (file === null) {
    throw new Failure('there is no folder for profiles', {
      hint: 'set HOME or XDG_CONFIG_HOME',
      exitCode: exitCodes.configuration,
    });
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  writeFileSync(next, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  // One that was left behind keeps its mode.
  chmodSync(next, 0o600);
  renameSync(next, file);
  return file;
}

/** Throws `Failure` when there is none of this name. */
export function requireProfile({ profiles }: Profiles, name: string): Profile {
  if (Object.hasOwn(profiles, name)) return profiles[name] as Profile;
  const names = Object.keys(profiles).join(', ') || 'none';
  throw new Failure(`there is no profile "${name}"`, {
    hint: `there are: ${names}; make one with: ${carillon} login --profile ${name}`,
    exitCode: exitCodes.configuration,
  });
}

interface Choice {
  readonly profile?: string | undefined;
  readonly server?: string | undefined;
  readonly adminKey?: string | undefined;
}

/** Variables that name a server or a key: where one is set, the current profile is not used. */
const otherNames = [
  'CARILLON_SERVER',
  'CARILLON_ADMIN_KEY',
  'CARILLON_ADMIN_KEY_FILE',
  'DATABASE_URL',
] as const;

/**
 * The profile that a command uses with its name; null where flags or variables say which server, or there is none. `--profile` goes
 * with no other flag of a server; other flags go before CARILLON_PROFILE, and that before other variables.
 */
export function chooseProfile(
  environment: Environment,
  { profile, server, adminKey }: Choice,
): (Profile & { readonly name: string }) | null {
  const isServerGiven = server !== undefined || adminKey !== undefined;
  if (profile !== undefined && isServerGiven) {
    throw new Failure('--profile cannot be given with --server or --admin-key-file: a profile has both', {
      exitCode: exitCodes.usage,
    });
  }
  if (isServerGiven) return null;
  const named = profile ?? (environment['CARILLON_PROFILE'] || undefined);
  if (named !== undefined) return { name: named, ...requireProfile(readProfiles(environment), named) };
  if (otherNames.some((name) => (environment[name] ?? '') !== '')) return null;
  const found = readProfiles(environment);
  return found.current === null ? null : { name: found.current, ...requireProfile(found, found.current) };
}

function refuse(file: string, why: string, hint: string, cause?: unknown): Failure {
  return new Failure(`the profiles in ${file} are not used: ${why}`, {
    hint,
    exitCode: exitCodes.configuration,
    cause,
  });
}
