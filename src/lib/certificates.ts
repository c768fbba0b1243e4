// Certificates and private keys in PEM (RFC 7468), as people give them: read strictly, so that a mistake shows at once and
// not at the first TLS handshake. Errors are sentences that quote nothing of the text.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** Longest name of a subject or an issuer that is kept, in characters. */
const nameLengthMax = 200;
/** A signature of the handshake runs on the thread that sends: with 4096 bits it takes some 3 ms, with 16384 some 150. */
const rsaBits = { min: 2048, max: 4096 };
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----/g;

/** The certificates of a text, in its order; what stands between them is left out. Throws an Error that says what it must be. */
export function readCertificates(text: string, countMax: number): readonly X509Certificate[] {
  const blocks = [...text.matchAll(block)];
  if (text.includes('PRIVATE KEY')) throw new Error('must hold certificates only, and no private key');
  if (blocks.length === 0 || blocks.some(([, label]) => label !== 'CERTIFICATE')) {
    throw new Error('must be certificates in PEM, each from -----BEGIN CERTIFICATE----- to its end');
  }
  if (blocks.length > countMax) throw new Error(`must be at most ${countMax} certificates`);
  return blocks.map(([pem], index) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw new Error(`must be certificates in PEM; number ${index + 1} cannot be read`);
    }
  });
}

/** A private key that a TLS client can use. Throws an Error that says what the text must be. */
export function readPrivateKey(text: string): KeyObject {
  // PKCS #8, and the older form of OpenSSL.
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw new Error('must not be encrypted; decrypt it with: openssl pkey -in key.pem -out plain.pem');
  }
  const key = parsePrivateKey(text);
  if (isUsable(key)) return key;
  throw new Error(
    `must be an RSA key of ${rsaBits.min} to ${rsaBits.max} bits, an EC key on P-256, P-384 or P-521, or an Ed25519 key`,
  );
}

function parsePrivateKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error('must be a private key in PEM, from -----BEGIN PRIVATE KEY----- to its end');
  }
}

function isUsable({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = '' } = details;
  if (type === 'rsa') return modulusLength >= rsaBits.min && modulusLength <= rsaBits.max;
  return type === 'ed25519' || (type === 'ec' && curves.includes(namedCurve));
}

/** What OpenSSL has against using these for TLS, such as a hash that is too weak; null for nothing. */
export function checkTlsUse(options: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return `cannot be used for TLS (${code})`;
  }
}

/** In PEM, without what stood between them. */
export function toPem(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('');
}

/** For people, and to tell certificates apart. */
export function describeCertificate({ subject, issuer, validToDate, fingerprint256 }: X509Certificate) {
  return {
    subject: toLine(subject),
    issuer: toLine(issuer),
    notAfter: validToDate.toISOString(),
    sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** The declared type hides that an empty name is undefined. */
function toLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ').slice(0, nameLengthMax);
}
