// How the demo's receivers read the headers of a request.
import { timingSafeEqual } from 'node:crypto';
import type { ReceivedRequest } from './platform.ts';

/** A header as one text; empty when it is not there. */
export function headerOf({ headers }: ReceivedRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Whether a header is this very text, in a time that does not tell where they differ. */
export function headerEquals(request: ReceivedRequest, name: string, expected: string): boolean {
  const given = Buffer.from(headerOf(request, name));
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
