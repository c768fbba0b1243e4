// Processor time and memory of processes, read from /proc, and a description of the machine. Without /proc the figures are
// null.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Ticks per second in /proc/<pid>/stat (USER_HZ), which does not depend on the tick rate of the kernel. */
const ticksPerSecond = 100;

/** User and system time in µs of a process with all its threads; null without /proc. */
export function readCpuUs(pid: number): number | null {
  const fields = readStat(pid);
  return fields === null ? null : ((fields.user + fields.system) * 1_000_000) / ticksPerSecond;
}

/** The same of a process and all its children, including those that have ended. */
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

/**
 * Processor time in µs of a process by the names of its threads: those of one name are added up, those that have ended are
 * missing. Null without /proc.
 */
export function readThreadsUs(pid: number): Readonly<Record<string, number>> | null {
  const times: Record<string, number> = {};
  for (const thread of listThreads(pid)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const name = read(`${folder}/comm`)?.trim();
    // The first number is the time on a processor in ns.
    const ns = Number(read(`${folder}/schedstat`)?.split(' ')[0]);
    if (name !== undefined && !Number.isNaN(ns)) times[name] = (times[name] ?? 0) + ns / 1000;
  }
  return Object.keys(times).length === 0 ? null : times;
}

function listThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Processor time of this thread in ms: what other programs do meanwhile does not count. */
export function ownCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Resident memory in MiB. */
export function readResidentMiB(pid: number): number | null {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return found === undefined ? null : Number(found) / 1024;
}

/** The id of the parent process. */
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
  /** Ticks; `ended` are those of children that have ended. */
  readonly user: number;
  readonly system: number;
  readonly ended: number;
}

function readStat(pid: number): Stat | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name (field 2) is in parentheses and may contain any character. Field 3, the state, follows the last one.
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
