// Names and values of HTTP headers, and the headers that belong to the sender.

/** Headers that the sender writes or that would break the framing; those of others are dropped. Lower case. */
export const senderHeaders: ReadonlySet<string> = new Set([
  'host',
  'user-agent',
  'accept',
  'accept-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'te',
  'trailer',
  'content-length',
  'transfer-encoding',
  'expect',
]);

/** RFC 9110 5.6.2: a token. */
const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
/** RFC 9110 5.5: no control character but the tab. */
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/;

/** Headers of an endpoint that are secret whether they are marked or not. */
export const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/** Besides those of the sender and of the dialect's signature. */
const reservedNames: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'proxy-authorization',
  'traceparent',
]);

/** What is wrong with a header that an endpoint adds to requests; `signatureNames` are those of its dialect. */
export function checkOwnHeaderName(name: string, signatureNames: readonly string[]): string | null {
  if (!isHeaderName(name)) return "must be letters, digits or any of !#$%&'*+-.^_`|~";
  const lower = name.toLowerCase();
  const isReserved =
    senderHeaders.has(lower) ||
    reservedNames.has(lower) ||
    signatureNames.some((signed) => signed.toLowerCase() === lower);
  return isReserved ? 'belongs to the request itself or to its signature' : null;
}

export function checkOwnHeaderValue(value: string): string | null {
  if (!isHeaderValue(value)) return 'must be printable characters of latin1';
  return value === value.trim() ? null : 'must not begin or end with white space';
}

export function isHeaderName(text: string): boolean {
  return token.test(text);
}

/** True for what fits into one header in latin1; white space at its ends would be lost on the way. */
export function isHeaderValue(text: string): boolean {
  return !forbiddenInValue.test(text);
}
