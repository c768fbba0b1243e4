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
/** Some servers close the connection in place of an alert. */
export const lostWithCertificate: Failure = {
  code: 'connection_lost',
  message: 'The receiver ended the connection at once: it may have refused the client certificate.',
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
export const tlsUnusable: Failure = {
  code: 'tls_failed',
  message: 'The certificates that the endpoint sets cannot be used; set tls again.',
};

function tlsFailed(message: string): Failure {
  return { code: 'tls_failed', message };
}

const certificateDemanded = tlsFailed(
  'The receiver demands a client certificate, and there is none: set tls.clientCertificate and tls.clientKey.',
);

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

/** What is wrong with the certificate of a receiver, for the usual verdicts. */
const verdicts: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_|SELF_SIGNED_)/,
    'The certificate of the receiver is of no authority that is trusted; set tls.ca to its authority, or let it send its chain',
  ],
  [/^CERT_HAS_EXPIRED$/, 'The certificate of the receiver has expired'],
  [/^CERT_NOT_YET_VALID$/, 'The certificate of the receiver is not valid yet'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'The certificate of the receiver is for another host name'],
  [
    /(?:ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/,
    'The receiver does not speak a version of TLS that is accepted; TLSv1.2 is the oldest, or tls.minVersion',
  ],
];

/** Alerts that a receiver sends to a client without a certificate; servers differ in which. */
const certificateAlerts = /ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|NO_CERTIFICATE)$/;

/** Alerts about the certificate of a client. */
const refusalAlerts =
  /ALERT_(?:(?:BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/;

/** An error of `socket`, from connecting to reading; null for one that came before there was a socket. */
export function explain(
  error: Error,
  socket: Socket | null,
  hasClientCertificate: boolean,
): Failure | OwnFailure {
  const own = readShortage(error);
  if (own !== null) return own;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === guardCodes.addressRefused) return { code: 'address_refused', message: error.message };
  if (code === guardCodes.nameNotFound) return { code: 'name_not_found', message: error.message };
  const known = bySystemCode.get(code) ?? explainTls(code, socket, hasClientCertificate);
  if (known !== null) return known;
  const detail = code === '' ? '' : ` (${code})`;
  return { code: 'request_failed', message: `The request could not be made${detail}.` };
}

function explainTls(code: string, socket: Socket | null, hasClientCertificate: boolean): Failure | null {
  if (hasClientCertificate && refusalAlerts.test(code)) {
    return tlsFailed(`The receiver refused the client certificate (${code}).`);
  }
  if (!hasClientCertificate && isCertificateDemanded(code, socket)) return certificateDemanded;
  if (!tlsCodes.test(code)) return null;
  const [, verdict] = verdicts.find(([pattern]) => pattern.test(code)) ?? [];
  return tlsFailed(`${verdict ?? 'The TLS connection failed'} (${code}).`);
}

/** Up to TLS 1.2 OpenSSL says `handshake_failure` for it, as for a lack of common ciphers: then there is none yet. */
function isCertificateDemanded(code: string, socket: Socket | null): boolean {
  if (certificateAlerts.test(code)) return true;
  if (!code.endsWith('ALERT_HANDSHAKE_FAILURE') || !(socket instanceof TLSSocket)) return false;
  // The declared type hides that there is no cipher before the server has chosen one.
  const cipher: unknown = socket.getCipher();
  return cipher !== undefined && cipher !== null;
}
