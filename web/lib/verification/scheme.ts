// How the deliveries of each dialect are signed: which string, with what, and where the signature stands. One place for all
// pages that show it.

/** HMAC with a shared secret over id, time and body, or over the body alone; or RSA over the body. */
export type Scheme = SampleOf &
  (
    | { readonly kind: 'timed' | 'rsa'; readonly header: string }
    | { readonly kind: 'hmac'; readonly header: string; readonly hash: 'sha256' | 'sha512' }
  );

interface SampleOf {
  /** The name of its files under examples/verify/. */
  readonly sample: string;
}

const timed: Scheme = { kind: 'timed', header: 'webhook-signature', sample: 'standard' };

const schemes: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['standard', timed],
  ['diddo', timed],
  ['spritz', { kind: 'hmac', header: 'Signature', hash: 'sha256', sample: 'spritz' }],
  ['calypso', { kind: 'hmac', header: 'Sign', hash: 'sha512', sample: 'calypso' }],
  ['chip', { kind: 'rsa', header: 'X-Signature', sample: 'chip' }],
]);

/** Undefined for a dialect that the pages do not know. */
export function schemeOf(dialect: string | undefined): Scheme | undefined {
  return dialect === undefined ? undefined : schemes.get(dialect);
}

type Headers = Readonly<Record<string, string>>;

/** The value of a header, whatever its spelling. */
export function headerOf(headers: Headers, name: string): string | undefined {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
}

/** The exact string that was signed. */
export function signedText({ kind }: Scheme, headers: Headers, body: string): string {
  if (kind !== 'timed') return body;
  return `${headerOf(headers, 'webhook-id') ?? ''}.${headerOf(headers, 'webhook-timestamp') ?? ''}.${body}`;
}

export function describeScheme(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return (
        'HMAC-SHA256 over id, timestamp and body, joined by dots. The key is the secret without whsec_, read as base64. ' +
        'The header has one v1,signature per valid secret, separated by spaces; the signature is base64.'
      );
    case 'hmac':
      return `HMAC-${scheme.hash.toUpperCase()} over the exact body. The key is the secret as text; the signature is hexadecimal.`;
    default:
      return 'RSA PKCS#1 v1.5 with SHA-256 over the exact body, verified with the public key of the endpoint; the signature is base64.';
  }
}
