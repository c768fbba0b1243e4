// Why a request ended without an answer: errors of sockets, TLS and the SSRF guard as one of our codes and one
// sentence. The sentence is written here or in the guard: messages of libraries may quote addresses or
// certificates.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SendErrorCode } from '#core/ending.ts';
import { guardCodes } from './guard.ts';
import { type OwnFailure, readShortage } from './shortage.ts';

export interface Failure {
  readonly code: SendErrorCode;
  /** One sentence for the endpoint's owner. */
  readonly message: string;
}

export const connectionLost: Failure = {
  code: 'connection_lost',
  message: 'The connection ended before the answer was complete.',
};
export const connectTimeout: Failure = {
  code: 'timeout',
  message: 'The receiver did not accept a connection in time.',
};
export const senderClosed: Failure = { code: 'request_failed', message: 'The sender was closed.' };
export const headerRefused: Failure = {
  code: 'request_failed',
  message: 'A header of the request has a name or value that HTTP does not allow.',
};

/** An own failure after the request was sent: it counts, because the receiver may have it. */
export function toFailure({ code }: OwnFailure): Failure {
  return { code: 'request_failed', message: `The request could not be made (${code}).` };
}

const noRoute: Failure = {
  code: 'connection_refused',
  message: 'The address of the receiver cannot be reached.',
};
const certificateDemanded: Failure = {
  code: 'tls_failed',
  message: 'The receiver demands a client certificate, and requests are sent without one.',
};

const bySystemCode: ReadonlyMap<string, Failure> = new Map([
  ['ECONNREFUSED', { code: 'connection_refused', message: 'The receiver refused the connection.' }],
  ['EHOSTUNREACH', noRoute],
  ['ENETUNREACH', noRoute],
  // Of an IPv6 address: `readShortage` takes the others.
  ['EADDRNOTAVAIL', noRoute],
  ['ECONNRESET', connectionLost],
  ['EPIPE', connectionLost],
  ['ETIMEDOUT', connectTimeout],
]);

/** OpenSSL's verdicts on a certificate and on the protocol. */
const tlsCodes =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_|PATH_|CRL_|ERR_TLS_|ERR_SSL_|EPROTO$)/;

/** Alerts that a receiver sends to a client without a certificate; servers differ in which. */
const certificateAlerts = /ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|NO_CERTIFICATE)$/;

/** An error of `socket`, from connecting to reading. */
export function explain(error: Error, socket: Socket): Failure | OwnFailure {
  const own = readShortage(error);
  if (own !== null) return own;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === guardCodes.addressRefused) return { code: 'address_refused', message: error.message };
  if (code === guardCodes.nameNotFound) return { code: 'name_not_found', message: error.message };
  const known = bySystemCode.get(code);
  if (known !== undefined) return known;
  if (isCertificateDemanded(code, socket)) return certificateDemanded;
  if (tlsCodes.test(code)) return { code: 'tls_failed', message: `The TLS connection failed (${code}).` };
  const detail = code === '' ? '' : ` (${code})`;
  return { code: 'request_failed', message: `The request could not be made${detail}.` };
}

/** Up to TLS 1.2 OpenSSL says `handshake_failure` for it, as for a lack of common ciphers: then there is none yet. */
function isCertificateDemanded(code: string, socket: Socket): boolean {
  if (certificateAlerts.test(code)) return true;
  if (!code.endsWith('ALERT_HANDSHAKE_FAILURE') || !(socket instanceof TLSSocket)) return false;
  // The declared type hides that there is no cipher before the server has chosen one.
  const cipher: unknown = socket.getCipher();
  return cipher !== undefined && cipher !== null;
}
