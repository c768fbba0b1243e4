// What the operating system tells of processes, and of the machine. Where there is no /proc, nothing is told.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Ticks per second of /proc/<pid>/stat: fixed for programs, whatever the kernel's own. */
const ticksPerSecond = 100;

/** User and system time of a process with all its threads, in µs; null where that is not told. */
export function readCpuUs(pid: number): number | null {
  const fields = readStat(pid);
  return fields === null ? null : ((fields.user + fields.system) * 1_000_000) / ticksPerSecond;
}

/** The same of a process and all its children, those that have ended included. */
export function readFamilyCpuUs(parent: number): number | null {
  const own = readStat(parent);
  if (own === null) return null;
  let ticks = own.user + own.system + own.ended;
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat?.parent === parent) ticks += stat.user + stat.system;
  }
  return (ticks * 1_000_000) / ticksPerSecond;
}

/** Resident memory in MiB. */
export function readResidentMiB(pid: number): number | null {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return found === undefined ? null : Number(found) / 1024;
}

/** Of the process that has this one as its child. */
export function readParent(pid: number): number | null {
  return readStat(pid)?.parent ?? null;
}

export function describeMachine(): {
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  system: string;
} {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
  };
}

interface Stat {
  readonly parent: number;
  /** Ticks; `ended` are those of children that are no more. */
  readonly user: number;
  readonly system: number;
  readonly ended: number;
}

function readStat(pid: number): Stat | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // Behind the name, which stands in brackets and may hold anything: the state is field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return { parent: field(4), user: field(14), system: field(15), ended: field(16) + field(17) };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
