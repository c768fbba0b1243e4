// Bearer tokens (RFC 6750) in the Authorization header.

/** The case of the scheme does not count (RFC 9110). */
const pattern = /^Bearer +(\S+)$/i;

/** The token of `Authorization: Bearer <token>`; null for no header and for one of any other form. */
export function readBearer(header: string | undefined): string | null {
  return pattern.exec(header ?? '')?.[1] ?? null;
}
