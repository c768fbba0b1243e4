// Errors of Postgres and of the connection to it: which are transient, and what to do about the others.
import { Fault } from '#core/fault.ts';
import { NoPrimary } from '#lib/primary.ts';
import { StoreError } from '../sql.ts';

/** A server that takes no writes. The code is the one with which it would refuse them. */
export class ReadOnly extends Error {
  readonly code = '25006';

  constructor() {
    super('the server takes no writes');
  }
}

/** True for an error with one of these SQLSTATE or system codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = codeOf(error);
  return code !== null && codes.includes(code);
}

/** The constraint that a unique violation is about; null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  if (!hasCode(error, '23505')) return null;
  return error instanceof Error && 'constraint' in error ? String(error.constraint) : null;
}

/**
 * True when the connection is lost or can't be opened: another one may work, now or in a moment. Also when the server has
 * become a standby (25006): the next connection may lead to the new primary.
 */
export function isLost(error: unknown): boolean {
  // Errors that this program throws are classified already.
  if (!(error instanceof Error) || error instanceof Fault || error instanceof StoreError) return false;
  if (error instanceof NoPrimary) return true;
  const code = codeOf(error);
  if (code !== null) return /^(08|25006|25P03|57P0|53300|E[A-Z_]+$)/.test(code);
  return /connection|timeout|ended|not queryable/i.test(error.message);
}

/**
 * True when the statement failed on a connection that still works: it took or waited too long (57014, 55P03), or the
 * server lacks the resources (53).
 */
export function isPassing(error: unknown): boolean {
  return /^(53|55P03|57014)/.test(codeOf(error) ?? '');
}

/**
 * True when a start may succeed in a moment: the server does not listen or answer yet, is starting (57P03) or has no
 * connection left (53300), or its name or its Unix socket does not exist yet; of several hosts, also when all that answer
 * are standbys. False for what a person must change.
 */
export function isNotUpYet(error: unknown): boolean {
  if (error instanceof NoPrimary) return error.failures.every((failure) => mayBecomePrimary(failure.error));
  const code = codeOf(error);
  if (code === null) return isLost(error);
  if (code === 'ENOENT') return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
  return /^(08(?!P01)|57P0|53300$|EAI_AGAIN$|ENOTFOUND$|ECONN|EHOST|ENET|EPIPE$|ETIMEDOUT$)/.test(code);
}

/** What to do about an error that stops a start; null when there is no advice. */
export function adviceFor(error: unknown): string | null {
  if (error instanceof NoPrimary) return adviceForHosts(error);
  const code = codeOf(error);
  if (code === null) return isLost(error) ? silent : null;
  if (code === 'ENOENT' && isNotUpYet(error)) return unreachable;
  const advice = adviceByCode[code] ?? (/CERT|SIGNATURE/.test(code) ? untrusted : null);
  return advice ?? (isLost(error) ? unreachable : null);
}

function mayBecomePrimary(error: unknown): boolean {
  return isNotUpYet(error) || hasCode(error, '25006');
}

/** What a person must change at one host, or else what each of them says. */
function adviceForHosts({ failures }: NoPrimary): string {
  const wrong = failures.find(({ error }) => !mayBecomePrimary(error));
  if (wrong !== undefined) {
    const { message } = wrong.error instanceof Error ? wrong.error : { message: String(wrong.error) };
    return `${wrong.host}: ${adviceFor(wrong.error) ?? message}`;
  }
  const states = failures.map(({ host, error }) =>
    hasCode(error, '25006') ? `${host} is a standby or read-only` : `${host} does not answer`,
  );
  return `no host takes writes: ${states.join(', ')}; ${andThen.replace('the server runs', 'a primary runs')}`;
}

/** The code of a fault is that of its cause. */
function codeOf(error: unknown): string | null {
  if (error instanceof Fault) return codeOf(error.cause);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

const andThen = 'check DATABASE_URL, and that the server runs and lets this host in.';
const unreachable = `the database server cannot be reached; ${andThen}`;
const silent = `no Postgres answers there; ${andThen}`;
const unknown = 'the name of the database server is not known; check DATABASE_URL.';
const credentials =
  'the server refuses the user, the password or this host; check DATABASE_URL and pg_hba.conf.';
const untrusted =
  "the server's certificate is not trusted; check the host in DATABASE_URL, and name the authority with sslrootcert=<file>.";
export const foreign =
  'the database holds tables of another program; make a database of its own for Carillon (createdb).';
const readOnly = 'the database is read-only, as a standby is; name the primary in DATABASE_URL.';
export const rightless = 'the user may not make or use tables here; grant it all rights on the schema.';

const adviceByCode: Readonly<Record<string, string>> = {
  '08P01':
    'the server does not take the settings of the connection; connect straight to it, without a pooler.',
  '25006': readOnly,
  '28000': credentials,
  '28P01': credentials,
  '3D000': 'there is no such database; make it (createdb), or check DATABASE_URL.',
  '42501': rightless,
  '53300': 'the server has no connection left; raise max_connections, or lower CARILLON_DATABASE_POOL.',
  '57P03': 'the server is starting or stopping; start Carillon again in a moment.',
  EAI_AGAIN: unknown,
  ENOENT: 'a file that DATABASE_URL names (sslrootcert, sslcert, sslkey) is not there.',
  ENOTFOUND: unknown,
};
