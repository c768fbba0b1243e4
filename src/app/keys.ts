// The two keys of a server: the configuration's, or those beside the database, made at the first start.
import { type Config, keyFile } from '#config.ts';
import { KeyFileError, readOrMakeKey } from '#lib/key-file.ts';
import { systemRandom } from '#lib/random.ts';
import { StartError } from './world.ts';

export interface Keys {
  readonly adminKey: string;
  readonly encryptionKey: Uint8Array;
  /** True when this start made the admin key. */
  readonly isFirstStart: boolean;
}

/** Throws `StartError`. */
export function loadKeys(config: Config): Keys {
  const make = (prefix: string, encoding: 'base64' | 'base64url') => (): string =>
    prefix + Buffer.from(systemRandom.bytes(32)).toString(encoding);
  try {
    const admin =
      config.adminKey === null
        ? readOrMakeKey(keyFile(config.databaseUrl, 'admin.key'), make('cak_', 'base64url'))
        : { key: config.adminKey, isNew: false };
    const encryptionKey =
      config.encryptionKey ??
      Buffer.from(
        readOrMakeKey(keyFile(config.databaseUrl, 'encryption.key'), make('', 'base64')).key,
        'base64',
      );
    return { adminKey: admin.key, encryptionKey, isFirstStart: admin.isNew };
  } catch (error) {
    if (error instanceof KeyFileError) throw new StartError(error.message, 78, error);
    throw error;
  }
}
