// Who may do what in the operator's API: admin keys with their scopes, and the sessions of the console that they open.
import type { TenantId } from './tenant.ts';

/** What a key may do. A route asks for one of them. */
export const keyScopes = ['publish', 'read', 'endpoints', 'secrets', 'replay', 'tenants', 'keys'] as const;
export type KeyScope = (typeof keyScopes)[number];

export type KeyId = string & { readonly brand: 'KeyId' };

/** A key of the admin API besides that of the configuration. Its secret is kept as a hash alone. */
export interface AdminKey {
  readonly id: KeyId;
  readonly name: string;
  /** SHA-256 of the key in hex. */
  readonly lookup: string;
  /** How the key begins: enough to recognize it. */
  readonly prefix: string;
  readonly scopes: readonly KeyScope[];
  /** The tenants that it reaches; null for all. */
  readonly tenants: readonly TenantId[] | null;
  readonly createdAt: number;
  /** Unix ms from which it is refused; null for never. */
  readonly expiresAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
}

export type KeyFacts = Omit<AdminKey, 'lookup'>;

/** A session of the console: what its cookie holds is kept as a hash. */
export interface ConsoleSession {
  readonly lookup: string;
  /** The id of the key that opened it: that of an admin key, or the fingerprint of a key of the configuration. */
  readonly key: string;
  /** Unix ms. */
  readonly expiresAt: number;
}

/** With what a request was admitted. */
export interface Actor {
  /** `root`: a key of the configuration; `credential`: that of a tenant's client; `portal`: a session of the portal. */
  readonly kind: 'root' | 'key' | 'credential' | 'portal';
  /** Of a key of the configuration its fingerprint. */
  readonly id: string;
  /** The name of a key; else the tenant. */
  readonly name: string;
  /** True for a session of the console that the key has opened. */
  readonly isConsole: boolean;
}

/** What a request of the operator's API may do. */
export interface Access {
  readonly actor: Actor;
  readonly scopes: readonly KeyScope[];
  /** The tenants that it reaches; null for all. */
  readonly tenants: readonly TenantId[] | null;
}

/** The access that a key gives. */
export function accessOf({ id, name, scopes, tenants }: AdminKey): Access {
  return { actor: { kind: 'key', id, name, isConsole: false }, scopes, tenants };
}

/** The access of a key of the configuration: everything. */
export function rootAccess(fingerprint: string): Access {
  const actor = { kind: 'root', id: fingerprint, name: 'configuration', isConsole: false } as const;
  return { actor, scopes: keyScopes, tenants: null };
}

export function reaches({ tenants }: Pick<Access, 'tenants'>, tenant: TenantId): boolean {
  return tenants === null || tenants.includes(tenant);
}
