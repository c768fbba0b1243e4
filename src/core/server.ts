// What a server says of itself to the operator.

export interface DatabaseFacts {
  /** Of the database engine: `18.4`. */
  readonly version: string;
  /** The number of its last migration. */
  readonly schema: number;
  readonly sizeBytes: number;
  /** The living processes that share it, this one included; empty where one process owns the file. */
  readonly processes: readonly SharingProcess[];
}

export interface SharingProcess {
  /** As `nameProcess` made it; null where the database hides it. */
  readonly name: string | null;
  /** Unix ms. */
  readonly startedAt: number;
}

export interface ProcessFacts {
  readonly version: string;
  readonly role: string;
  readonly pid: number;
  readonly host: string;
}

/** Postgres cuts the name of a client at so many bytes. */
const nameBytesMax = 63;
const program = 'carillon';

/** The name under which a process holds its connection, for others and for the database's own views. */
export function nameProcess({ version, role, pid, host }: ProcessFacts): string {
  return `${program} ${version} ${role} ${pid} ${host.replaceAll(/[^\x21-\x7e]/g, '?')}`.slice(
    0,
    nameBytesMax,
  );
}

/** Null for a name of another program, or of a version that had none. The end of a long host is missing. */
export function readProcessName(name: string | null): ProcessFacts | null {
  const [first, version, role, pid, host] = name?.split(' ') ?? [];
  if (first !== program || version === undefined || role === undefined || host === undefined) return null;
  return { version, role, pid: Number(pid), host };
}
