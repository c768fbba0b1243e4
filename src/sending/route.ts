// How the connections of a pool reach their receiver: straight or through an egress proxy, and with which TLS context.
import type { SecureContext } from 'node:tls';
import type { Breaker } from './breaker.ts';
import type { EgressProxy } from './egress.ts';
import type { Target } from './target.ts';

export interface Route {
  readonly target: Target;
  readonly secureContext: SecureContext;
  readonly hasClientCertificate: boolean;
  /** Null for none. */
  readonly egress: Egress | null;
  readonly userAgent: string;
}

export interface Egress {
  readonly proxy: EgressProxy;
  /** One for all connections through the proxy. */
  readonly breaker: Breaker;
}
