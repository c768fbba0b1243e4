export type TenantId = string & { readonly brand: 'TenantId' };
export type CredentialId = string & { readonly brand: 'CredentialId' };

/** Test and live are isolated: nothing crosses. */
export type Mode = 'live' | 'test';
export const modes: readonly Mode[] = ['live', 'test'];

/** Strings that the platform attaches to a tenant, an endpoint or an event, for its own use. */
export type Metadata = Readonly<Record<string, string>>;

/** Who owns endpoints and keys. Speaks one dialect for life. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly dialect: string;
  readonly metadata: Metadata;
  /** Who is told when its endpoints fail; null for nobody. */
  readonly contact: TenantContact | null;
  readonly createdAt: number;
}

/** People of the tenant. */
export interface TenantContact {
  readonly emails: readonly string[];
}

/** The operator's own tenant: its endpoints receive notices about all others. Created at the first start. */
export const operatorTenant = 'operator' as TenantId;

/** What a client of a dialect authenticates with. */
export interface Credential {
  readonly id: CredentialId;
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly kind: 'bearer' | 'key-pair';
  /** The lookup key: a bearer token's SHA-256 in hex, or the public key. */
  readonly lookup: string;
  /** A key pair's secret, encrypted; null for a bearer token, of which only the hash is stored. */
  readonly sealedSecret: string | null;
  readonly createdAt: number;
}

/** What a request may touch: one tenant, and one mode or (for the operator) both. */
export interface Scope {
  readonly tenant: TenantId;
  readonly mode: Mode | null;
  /** Only endpoints of this kind: what the wire of a platform can say. */
  readonly kind?: 'push';
}

/** What a list of the operator covers: where `tenant` is null every tenant, or each of `tenants`. */
export interface WideScope {
  readonly tenant: TenantId | null;
  readonly tenants?: readonly TenantId[];
  readonly mode: Mode | null;
  /** As in a scope. */
  readonly kind?: 'push';
}
