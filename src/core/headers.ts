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

export function isHeaderName(text: string): boolean {
  return token.test(text);
}

/** True for what fits into one header in latin1; white space at its ends would be lost on the way. */
export function isHeaderValue(text: string): boolean {
  return !forbiddenInValue.test(text);
}
