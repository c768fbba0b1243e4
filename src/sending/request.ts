// HTTP/1.1 request serialiser: header names and values leave exactly as given, one per line. What could split
// a request or change where it ends (request smuggling) is refused or belongs to the sender.

import { isHeaderName, isHeaderValue, senderHeaders } from '#core/headers.ts';

/** The part of a head that is the same for all requests to a URL. Asks for no compression: nothing is unpacked. */
export function startHead({ pathname, search, host }: URL, userAgent: string): string {
  return (
    `POST ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: ${userAgent}\r\n` +
    'Accept: */*\r\nAccept-Encoding: identity\r\n'
  );
}

/**
 * The whole head, in latin1: `start` (from `startHead`), the caller's headers, the length of the body and, when
 * this is the last request on its connection, `Connection: close`. Null when a header must not be sent.
 */
export function finishHead(
  start: string,
  headers: Readonly<Record<string, string>>,
  bodyBytes: number,
  isLast: boolean,
): string | null {
  let head = start;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || senderHeaders.has(name.toLowerCase())) continue;
    if (!isHeaderName(name) || !isHeaderValue(value)) return null;
    head += `${name}: ${value}\r\n`;
  }
  return `${head}Content-Length: ${bodyBytes}\r\n${isLast ? 'Connection: close\r\n' : ''}\r\n`;
}
