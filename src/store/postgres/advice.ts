// What errors of Postgres and of the way to it mean, and what a person does about them.

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

/** True when the connection is gone or can't be had: another one may work, now or in a moment. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code !== null) return /^(08|57P0|53300|E[A-Z_]+$)/.test(code);
  return /connection|timeout|ended|not queryable/i.test(error.message);
}

/** What to do about an error that stops a start; null when there is no advice. */
export function adviceFor(error: unknown): string | null {
  const code = codeOf(error);
  if (code !== null) {
    const advice = adviceByCode[code];
    if (advice !== undefined) return advice;
  }
  return isLost(error) ? unreachable : null;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

const unreachable =
  'the database server cannot be reached; check DATABASE_URL, and that the server runs and lets this host in.';
const credentials = 'the server refuses the user or the password; check DATABASE_URL.';

const adviceByCode: Readonly<Record<string, string>> = {
  '28000': credentials,
  '28P01': credentials,
  '3D000': 'there is no such database; make it (createdb), or check DATABASE_URL.',
  '42501': 'the user may not make or use tables here; grant it all rights on the schema.',
  '53300': 'the server has no connection left; raise max_connections, or lower CARILLON_DATABASE_POOL.',
  '57P03': 'the server is starting or stopping; start Carillon again in a moment.',
  ENOTFOUND: 'the name of the database server is not known; check DATABASE_URL.',
};
