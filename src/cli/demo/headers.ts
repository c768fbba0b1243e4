// Request headers, and constant-time comparison.
import { timingSafeEqual } from 'node:crypto';
import type { ReceivedRequest } from './platform.ts';

/** The value of a header; empty if it is absent. */
export function headerOf({ headers }: ReceivedRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Compares a header with `expected` in constant time. */
export function headerEquals(request: ReceivedRequest, name: string, expected: string): boolean {
  const given = Buffer.from(headerOf(request, name));
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
