// TLS contexts of OpenSSL for connections to receivers. Each is made once: parsing certificates takes from a tenth of a
// millisecond to some milliseconds.
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { ConnectionTerms } from './connection-terms.ts';

/** How many contexts of endpoints are kept, of some 50 KiB each. */
const contextsMax = 500;

export interface SecureContexts {
  /** With the public authorities and no client certificate. */
  readonly common: SecureContext;
  /** That of an endpoint. Throws what OpenSSL has against its terms, which were checked when they were set. */
  find(terms: ConnectionTerms): SecureContext;
}

/** `extraCa` is a PEM certificate that is trusted besides the usual authorities. Throws when it is none. */
export function createSecureContexts(extraCa: string | undefined): SecureContexts {
  const usual = extraCa === undefined ? {} : { ca: [...getCACertificates('default'), extraCa] };
  const common = createSecureContext(usual);
  const contexts = new BoundedMap<string, SecureContext>(contextsMax);
  return {
    common,
    find({ key, tls }) {
      if (tls === null) return common;
      const known = contexts.get(key);
      if (known !== undefined) return known;
      const { ca, clientCertificate, clientKey, minVersion } = tls;
      const context = createSecureContext({
        // An intermediate authority, or the certificate itself, is trusted when it is all that the owner names.
        ...(ca === undefined ? usual : { ca, allowPartialTrustChain: true }),
        ...(clientCertificate === undefined ? {} : { cert: clientCertificate }),
        ...(clientKey === undefined ? {} : { key: clientKey }),
        ...(minVersion === undefined ? {} : { minVersion }),
      });
      contexts.set(key, context);
      return context;
    },
  };
}
