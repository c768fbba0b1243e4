import type { Scheme } from './scheme.ts';

export function javascript(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return `import { createHmac, timingSafeEqual } from 'node:crypto';

// id, timestamp, signature: the headers webhook-id, webhook-timestamp, ${scheme.header}.
// body: the bytes as they came, before any parser.
export function isGenuine(id, timestamp, signature, body, secret) {
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  return signature.split(' ').some((entry) => {
    const [version, given = ''] = entry.split(',');
    const bytes = Buffer.from(given, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
`;
    case 'hmac':
      return `import { createHmac, timingSafeEqual } from 'node:crypto';

// signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
export function isGenuine(signature, body, secret) {
  const expected = createHmac('${scheme.hash}', secret).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
`;
    default:
      return `import { verify } from 'node:crypto';

// signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
// publicKey: the public key of the endpoint, in PEM.
export function isGenuine(signature, body, publicKey) {
  return verify('RSA-SHA256', Buffer.from(body), publicKey, Buffer.from(signature, 'base64'));
}
`;
  }
}
