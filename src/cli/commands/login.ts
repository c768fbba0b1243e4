// `carillon login`, `logout` and `whoami`: profiles of servers with their keys, and what the key in use may do.
import type { Command } from 'commander';
import { readClientConfig } from '#config.ts';
import type { WhoAmI } from '#contract/server.ts';
import type { Cli } from '../cli.ts';
import { createClient } from '../client.ts';
import { exitCodes, Failure } from '../failure.ts';
import { askForSecret } from '../key-prompt.ts';
import { formatFields } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';
import { chooseProfile, profileDefault, readProfiles, requireProfile, writeProfiles } from '../profiles.ts';

export function addLogin(program: Command, cli: Cli): void {
  program
    .command('login')
    .description(
      'Save a server with its key as a profile, after checking them. The key comes from the prompt or standard input.',
    )
    .addHelpText('after', loginHelp)
    .action(() => login(cli));
  program
    .command('logout')
    .description('Remove a profile with its key from this machine. The key itself stays valid.')
    .action(() => logout(cli));
  program
    .command('whoami')
    .description('Show the server, and the key in use with its scopes and tenants.')
    .action(() => whoami(cli));
}

const loginHelp = `
--server names the server, --profile the profile (default: ${profileDefault}). It is used where no other server or key is given.

Examples:
  carillon login --server https://hooks.example.com
  carillon login --server https://hooks.example.com --profile live < key.txt`;

async function login(cli: Cli): Promise<void> {
  const { environment } = cli;
  const { server, adminKey, insecure, profile } = cli.flags();
  const name = profile ?? (environment['CARILLON_PROFILE'] || profileDefault);
  if (!/^[\w.-]{1,64}$/.test(name) || name === '__proto__') {
    throw new Failure(`"${name}" is not the name of a profile`, {
      hint: 'it has 1 to 64 letters, digits, ".", "_" and "-"',
      exitCode: exitCodes.usage,
    });
  }
  const known = readProfiles(environment);
  const { url } = readClientConfig(environment, {
    server: server ?? known.profiles[name]?.server,
    adminKey: '-',
  });
  const key = adminKey ?? (await askForSecret(cli, `Key of the admin API of ${url}: `));
  // Refused here when the server is none of ours, or does not know the key.
  const found = await createClient({ url, adminKey: key, insecure }).call('whoami', {});
  const profiles = { ...known.profiles, [name]: { server: url, key } };
  const file = writeProfiles(environment, { current: name, profiles });
  const text = (value: WhoAmI): string =>
    `logged in to ${toPlain(url)} as "${toPlain(value.key.name)}" with the profile "${name}"\n${cli.terminal.colors.dim(file)}`;
  cli.answer(found, text);
}

async function logout(cli: Cli): Promise<void> {
  const { environment } = cli;
  const known = readProfiles(environment);
  const name = cli.flags().profile ?? (environment['CARILLON_PROFILE'] || known.current);
  if (name === null || name === undefined) {
    throw new Failure('there is no profile to remove', { exitCode: exitCodes.configuration });
  }
  const { server } = requireProfile(known, name);
  const rest = Object.fromEntries(Object.entries(known.profiles).filter(([one]) => one !== name));
  writeProfiles(environment, { current: known.current === name ? null : known.current, profiles: rest });
  cli.answer({ profile: name, server }, () => `removed the profile "${name}" of ${toPlain(server)}`);
}

async function whoami(cli: Cli): Promise<void> {
  const client = cli.client();
  const found = await client.call('whoami', {});
  const profile = chooseProfile(cli.environment, cli.flags());
  const { version, key, scopes, tenants } = found;
  cli.answer({ server: client.origin, profile: profile?.name ?? null, ...found }, () =>
    formatFields(
      [
        ['server', client.origin],
        ['version', toPlain(version)],
        ['profile', profile?.name ?? '-'],
        [
          'key',
          key.kind === 'configuration' ? 'of the configuration' : `${toPlain(key.name)} (${toPlain(key.id)})`,
        ],
        ['scopes', scopes.join(', ')],
        ['tenants', tenants === null ? 'all' : tenants.map(toPlain).join(', ') || 'none'],
      ],
      cli.terminal.colors.dim,
    ),
  );
}
