// Which key of the admin API a request has: the keys of the configuration, and those of the store with a cache, so that
// publishing asks the store of a key once in a while. The engine tells when a key was revoked; the age of what is cached
// bounds how long a lost notification can matter.
import { accessOf, type Access, type AdminKey, rootAccess } from '#core/access.ts';
import type { Backend } from '#core/backend.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import { sha256Hex } from '#lib/hmac.ts';
import type { Logger } from '#lib/log.ts';

export interface Keyring {
  /**
   * What a key gives access to; null for one that is not known, has been revoked or has expired. `beforeSearch` is called for a key
   * that was not found before, and may throw.
   */
  find(token: string, beforeSearch?: () => void): Access | null | Promise<Access | null>;
  /** The access of a key of the configuration by its fingerprint; null when it is there no longer. */
  root(fingerprint: string): Access | null;
}

interface KeyringDeps {
  readonly backend: Pick<Backend, 'run' | 'accessChanged'>;
  /** The keys of the configuration, newest first. */
  readonly rootKeys: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

interface Cached {
  readonly key: AdminKey;
  readonly access: Access;
  readonly readAt: number;
  /** The minute in which its last use was noted. */
  notedAt: number;
}

/** How long a key is believed without asking the store again. */
const ageMsMax = 10_000;
const cachedMax = 1000;
const minuteMs = 60_000;
/** The form of the keys that this server makes: others are refused without a search. */
const form = /^adm_[A-Za-z0-9_-]{43}$/;

export function createKeyring({ backend, rootKeys, clock, log }: KeyringDeps): Keyring {
  const roots = new Map(rootKeys.map((key) => [sha256Hex(key), rootAccess(fingerprintOf(key))]));
  const byFingerprint = new Map([...roots.values()].map((access) => [access.actor.id, access]));
  const cache = new BoundedMap<string, Cached>(cachedMax);
  let revision = 0;

  const use = (cached: Cached): Access | null => {
    const now = clock.now();
    const { id, expiresAt } = cached.key;
    if (expiresAt !== null && expiresAt <= now) return null;
    const minute = Math.floor(now / minuteMs) * minuteMs;
    if (minute > cached.notedAt) {
      cached.notedAt = minute;
      // Not awaited: a request does not wait for it, and the next minute notes it again.
      backend.run('noteKeyUse', { id, at: minute }).catch((error: unknown) => {
        log.warn({ err: error }, 'key.use_not_noted');
      });
    }
    return cached.access;
  };

  const read = async (lookup: string): Promise<Access | null> => {
    const asked = revision;
    const key = await backend.run('findKey', { lookup });
    if (key === null) return null;
    const cached = { key, access: accessOf(key), readAt: clock.now(), notedAt: key.lastUsedAt ?? 0 };
    // What was revoked while it was read is not kept.
    if (asked === revision) cache.set(lookup, cached);
    return use(cached);
  };

  const watch = async (): Promise<never> => {
    for (;;) {
      revision = await backend.accessChanged(revision);
      cache.clear();
    }
  };
  // Ends with the engine.
  watch().catch(() => {});

  return {
    find(token, beforeSearch) {
      const lookup = sha256Hex(token);
      const root = roots.get(lookup);
      if (root !== undefined) return root;
      const cached = cache.get(lookup);
      if (cached === undefined) beforeSearch?.();
      if (!form.test(token)) return null;
      const isFresh = cached !== undefined && clock.now() - cached.readAt < ageMsMax;
      return isFresh ? use(cached) : read(lookup);
    },
    root: (fingerprint) => byFingerprint.get(fingerprint) ?? null,
  };
}

/** Enough of a hash to tell keys apart, and nothing of the key. */
export function fingerprintOf(key: string): string {
  return sha256Hex(key).slice(0, 8);
}
