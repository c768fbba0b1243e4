// The settings `tls` and `egress`: how the receiver of an endpoint is reached. The texts of certificates are kept with the
// private key, which is sealed: what is shown of them is read once, when they are given.
import type { X509Certificate } from 'node:crypto';
import type { FieldProblem } from '#core/fault.ts';
import type { GivenTls, SettingsPatch, TlsSettings, TlsTexts } from '#core/settings.ts';
import {
  checkTlsUse,
  describeCertificate,
  readCertificates,
  readPrivateKey,
  toPem,
} from '#lib/certificates.ts';
import { type OpenSettings, type Terms, withMember } from './open-settings.ts';

/** In one text: an authority that is being replaced, or a chain. */
const certificatesMax = 10;

export function changeTls(open: OpenSettings, { tls: given }: SettingsPatch, terms: Terms): OpenSettings {
  if (given === undefined) return open;
  const { settings, secrets } = given === null ? noTls : mergeTls(open, given, terms);
  const isEmpty = Object.keys(settings).length === 0;
  return {
    settings: withMember(open.settings, 'tls', isEmpty ? undefined : settings),
    secrets: withMember(open.secrets, 'tls', Object.keys(secrets).length === 0 ? undefined : secrets),
  };
}

interface OpenTls {
  readonly settings: TlsSettings;
  readonly secrets: TlsTexts;
}

const noTls: OpenTls = { settings: {}, secrets: {} };

function mergeTls(open: OpenSettings, given: GivenTls, { now, report }: Terms): OpenTls {
  const problems: FieldProblem[] = [];
  const refuse = (member: keyof GivenTls, message: string): void =>
    void problems.push({ field: `tls.${member}`, message });
  const checks: Checks = { now, refuse };
  const before: OpenTls = { settings: open.settings.tls ?? {}, secrets: open.secrets.tls ?? {} };
  const read = [mergeVersion, mergeAuthorities, mergeClientCertificate, mergeKey].reduce(
    (tls, merge) => merge(tls, given, checks),
    before,
  );
  // What could not be read is not checked further.
  if (problems.length === 0 && (given.clientCertificate !== undefined || given.clientKey !== undefined)) {
    checkIdentity(read.secrets, refuse);
  }
  problems.forEach(report);
  return read;
}

interface Checks {
  readonly now: number;
  readonly refuse: (member: keyof GivenTls, message: string) => void;
}

function mergeVersion({ settings, secrets }: OpenTls, { minVersion }: GivenTls): OpenTls {
  if (minVersion === undefined) return { settings, secrets };
  return { settings: withMember(settings, 'minVersion', minVersion ?? undefined), secrets };
}

function mergeAuthorities(tls: OpenTls, { ca }: GivenTls, { now, refuse }: Checks): OpenTls {
  if (ca === undefined) return tls;
  const read = ca === null ? null : readOr(ca, (message) => refuse('ca', message));
  if (read !== null) {
    // A new authority may stand beside the old one that it replaces.
    const problem = checkExpiry(read, now) ?? checkTlsUse({ ca: toPem(read) });
    if (problem !== null) refuse('ca', problem);
  }
  return putCertificates(tls, 'ca', read);
}

/** Without a certificate there is no key either. */
function mergeClientCertificate(
  tls: OpenTls,
  { clientCertificate: given }: GivenTls,
  { now, refuse }: Checks,
): OpenTls {
  if (given === undefined) return tls;
  const read = given === null ? null : readOr(given, (message) => refuse('clientCertificate', message));
  const problem = read === null ? null : checkExpiry(read.slice(0, 1), now);
  if (problem !== null) refuse('clientCertificate', problem);
  const { settings, secrets } = putCertificates(tls, 'clientCertificate', read);
  return { settings, secrets: given === null ? withMember(secrets, 'clientKey', undefined) : secrets };
}

function mergeKey(
  { settings, secrets }: OpenTls,
  { clientKey: given }: GivenTls,
  { refuse }: Checks,
): OpenTls {
  if (given === undefined) return { settings, secrets };
  const put = (key: string | undefined): OpenTls => ({
    settings,
    secrets: withMember(secrets, 'clientKey', key),
  });
  if (given === null) return put(undefined);
  try {
    return put(readPrivateKey(given).export({ type: 'pkcs8', format: 'pem' }).toString());
  } catch (error) {
    refuse('clientKey', messageOf(error));
    return put(undefined);
  }
}

function readOr(text: string, refuse: (message: string) => void): readonly X509Certificate[] | null {
  try {
    return readCertificates(text, certificatesMax);
  } catch (error) {
    refuse(messageOf(error));
    return null;
  }
}

function putCertificates(
  { settings, secrets }: OpenTls,
  member: 'ca' | 'clientCertificate',
  certificates: readonly X509Certificate[] | null,
): OpenTls {
  return {
    settings: withMember(settings, member, certificates?.map(describeCertificate)),
    secrets: withMember(secrets, member, certificates === null ? undefined : toPem(certificates)),
  };
}

/** To set what has expired can only make every request fail, so it is a mistake. */
function checkExpiry(certificates: readonly X509Certificate[], now: number): string | null {
  const notAfter = Math.max(...certificates.map(({ validToDate }) => validToDate.getTime()));
  return notAfter > now ? null : `has expired: it was valid until ${new Date(notAfter).toISOString()}`;
}

/** A client certificate and its key are both there or none. */
function checkIdentity({ clientCertificate, clientKey }: TlsTexts, refuse: Checks['refuse']): void {
  if (clientCertificate === undefined && clientKey === undefined) return;
  if (clientCertificate === undefined) refuse('clientCertificate', 'must be given with clientKey');
  else if (clientKey === undefined) refuse('clientKey', 'must be given with clientCertificate');
  else {
    const [first] = readCertificates(clientCertificate, certificatesMax);
    const belongs = first?.checkPrivateKey(readPrivateKey(clientKey)) === true;
    if (!belongs) refuse('clientKey', 'does not belong to the first certificate of clientCertificate');
    const problem = belongs ? checkTlsUse({ cert: clientCertificate, key: clientKey }) : null;
    if (problem !== null) refuse('clientCertificate', problem);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function changeEgress(
  open: OpenSettings,
  { egress }: SettingsPatch,
  { egressNames, report }: Terms,
): OpenSettings {
  if (egress === undefined) return open;
  if (egress !== null && egress !== 'direct' && !egressNames.includes(egress)) {
    const known = egressNames.length === 0 ? 'names no proxies' : `names ${egressNames.join(', ')}`;
    report({
      field: 'egress',
      message: `must be direct or an egress proxy; CARILLON_EGRESS_PROXIES ${known}`,
    });
  }
  return { ...open, settings: withMember(open.settings, 'egress', egress ?? undefined) };
}
