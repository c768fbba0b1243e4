// Flags of the setting `tls` of an endpoint: certificates and keys are files, as every other tool has them.
import { type Command, Option } from 'commander';
import type { Endpoint } from '#contract/endpoints.ts';
import type { SettingsIn } from '#contract/settings.ts';
import { given } from '#lib/given.ts';
import type { Cli } from './cli.ts';
import { exitCodes } from './failure.ts';
import { readSecret } from './secret-input.ts';

type Tls = NonNullable<SettingsIn['tls']>;

/** False for `--no-tls`, which removes all of it. */
export interface TlsFlags {
  readonly tls?: false;
  readonly tlsCaFile?: string;
  readonly tlsClientCertFile?: string;
  readonly tlsClientKeyFile?: string;
  readonly tlsMinVersion?: Exclude<Tls['minVersion'], null>;
}

export function addTlsFlags(command: Command, isChange: boolean): void {
  command
    .option('--tls-ca-file <file>', 'PEM of the authorities of the receiver, in place of the public ones')
    .option('--tls-client-cert-file <file>', 'PEM of the client certificate, with its chain')
    .option('--tls-client-key-file <file>', 'PEM of its private key, not encrypted; - is standard input')
    .addOption(
      new Option('--tls-min-version <version>', 'oldest version of TLS').choices(['TLSv1.2', 'TLSv1.3']),
    );
  if (isChange) command.option('--no-tls', 'remove all of it');
}

/** What was given of it; null to remove it. Throws `Failure` for a file that cannot be read. */
export async function readTls(cli: Cli, flags: TlsFlags): Promise<Pick<SettingsIn, 'tls'>> {
  const read = async (file: string | undefined): Promise<string | undefined> =>
    file === undefined ? undefined : readSecret(cli, file, exitCodes.usage);
  const tls = given({
    ca: await read(flags.tlsCaFile),
    clientCertificate: await read(flags.tlsClientCertFile),
    clientKey: await read(flags.tlsClientKeyFile),
    minVersion: flags.tlsMinVersion,
  });
  if (Object.keys(tls).length > 0) return { tls };
  return flags.tls === false ? { tls: null } : {};
}

/** For people. */
export function describeTls(tls: Endpoint['tls']): string | null {
  if (tls === null) return null;
  const { ca, clientCertificate, minVersion } = tls;
  const [client] = clientCertificate ?? [];
  const lines = [
    ...(ca ?? []).map((one) => `authority ${describe(one)}`),
    ...(client === undefined ? [] : [`client certificate ${describe(client)}`]),
    ...(minVersion === null ? [] : [`${minVersion} or newer`]),
  ];
  return lines.join('\n');
}

const describe = ({ subject, notAfter }: { readonly subject: string; readonly notAfter: string }): string =>
  `${subject}, until ${notAfter.slice(0, 10)}`;
