// Generates certificates, self-signed or of an authority that is one of them, so that tests need no binary and no key file. Encodes the subset of DER that an X.509 v3
// certificate with names, addresses and a validity needs.
import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
  /** Both PEM. */
  readonly cert: string;
  readonly key: string;
  /** Its common name. */
  readonly subject: string;
}

/** Valid from 2020 until `validUntil` (Unix ms), for these DNS names and IPv4 addresses. Any of them may sign others. */
export function createCertificate(options: {
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  readonly validUntil?: number;
  readonly subject?: string;
  /** Who signs it; itself if not given. */
  readonly issuer?: Certificate;
}): Certificate {
  const { names = [], addresses = [], validUntil = Date.UTC(2049, 0, 1) } = options;
  const { subject = 'carillon test', issuer } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const nameOf = (text: string): Buffer =>
    sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
  const altNames = [
    ...names.map((text) => der(0x82, Buffer.from(text))),
    ...addresses.map((text) => der(0x87, Buffer.from(text.split('.').map(Number)))),
  ];
  const extensions = [
    sequence(
      oid('551d13'),
      der(0x01, Buffer.from([0xff])),
      der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
    ),
    ...(altNames.length === 0 ? [] : [sequence(oid('551d11'), der(0x04, sequence(...altNames)))]),
  ];
  const signed = sequence(
    der(0xa0, integer(2)),
    integer(1),
    algorithm,
    nameOf(issuer?.subject ?? subject),
    sequence(time(Date.UTC(2020, 0, 1)), time(validUntil)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', signed, issuer?.key ?? privateKey)]);
  const whole = sequence(signed, algorithm, der(0x03, signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    subject,
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

/** UTCTime: has two digits for the year, and ends in 2049. */
function time(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));
}
