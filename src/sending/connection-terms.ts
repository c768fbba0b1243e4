// What an endpoint sets about its connections. Connections are pooled by origin and terms, so that a request never goes out on
// one that was made under other terms.
import { hash } from 'node:crypto';
import type { TlsTexts, TlsVersion } from '#core/settings.ts';

export interface ConnectionTerms {
  /** The same for the same terms only. */
  readonly key: string;
  readonly tls: ClientTls | null;
  /** The name of an egress proxy, `direct`, or null for the default. */
  readonly egress: string | null;
}

export interface ClientTls extends TlsTexts {
  readonly minVersion?: TlsVersion;
}

/** Null where everything is as the server has it. */
export function createConnectionTerms(tls: ClientTls | null, egress: string | null): ConnectionTerms | null {
  if (tls === null && egress === null) return null;
  const { ca, clientCertificate, clientKey, minVersion } = tls ?? {};
  const content = JSON.stringify([ca, clientCertificate, clientKey, minVersion, egress]);
  return { key: hash('sha256', content), tls, egress };
}
