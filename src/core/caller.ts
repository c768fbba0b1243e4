// Who calls: what a client of a dialect authenticates with, and what its request proves.
import type { CredentialId, Mode, TenantId } from './tenant.ts';

export type IssuedCredential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'key-pair'; readonly key: string; readonly secret: string };

export type CredentialKind = IssuedCredential['kind'];

/** What a request presents to show whose it is, as data: it is checked in the thread that knows the credentials. */
export type Proof =
  | { readonly kind: 'bearer'; readonly token: string }
  | {
      readonly kind: 'signed';
      /** The public key by which the secret is found. */
      readonly key: string;
      /** What `Dialect.checkSignature` needs of the request: the signature, what it is over, when it was made. */
      readonly evidence: Evidence;
    };

export type Evidence = Readonly<Record<string, string | Uint8Array | readonly string[] | null>>;

/** A client of a dialect with what its request presents. */
export interface Client {
  readonly dialect: string;
  readonly proof: Proof;
}

/** Whose request it is. */
export interface Caller {
  readonly tenant: TenantId;
  readonly mode: Mode;
  readonly credential: CredentialId;
  /** What its requests can touch of endpoints, in dialects that know no others. */
  readonly kind?: 'push';
}
