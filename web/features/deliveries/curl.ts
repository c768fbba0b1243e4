// The request of an attempt as a curl command for a POSIX shell.
import type { Attempt } from '#contract/deliveries.ts';

/** Headers that curl writes by itself. */
const ownHeaders = new Set(['host', 'content-length', 'connection', 'transfer-encoding']);

/** In place of the URL of an attempt that a client made. */
const pulled = 'http://localhost:3000/';

export function toCurl(
  { url, requestHeaders }: Pick<Attempt, 'url' | 'requestHeaders'>,
  body: string,
): string {
  const headers = Object.entries(requestHeaders).filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  return [
    `curl -i ${quote(url ?? pulled)}`,
    ...headers.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    `--data-binary ${quote(body)}`,
  ].join(' \\\n  ');
}

/** Inside single quotes a shell reads everything as it is, but for the quote itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
