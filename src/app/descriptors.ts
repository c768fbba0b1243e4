// File descriptors (ulimit -n) are divided at the start: inbound connections have a bound and requests to receivers a
// reserve, so that a client that only opens connections does not stop deliveries.
import { readFileSync } from 'node:fs';
import { type Config, isSqlite } from '#config.ts';
import type { Logger } from '#lib/log.ts';

export interface DescriptorShares {
  /** Inbound connections. */
  readonly connectionsMax: number;
  /** Requests to receivers at once: `CARILLON_IN_FLIGHT_MAX`, or less where the limit does not allow it. */
  readonly inFlightMax: number;
  /** Sockets to receivers, in use or idle, above which none is kept alive. */
  readonly socketsKeptMax: number;
}

/** For the database's file, threads, log, name servers, and some for what opens for a moment; an idle server has 40. */
const ownDescriptors = 96;
const connectionsMaxDefault = 10_000;
const socketsKeptMax = 4096;
/** What a process that answers nobody needs for health checks and metrics. */
const connectionsOfWorker = 64;
/** Where the limit cannot be read. */
const openFilesMaxUnknown = 4096;

/** How many files this process may have open. Node raises its soft limit to the hard one. */
export function readOpenFilesMax(): number {
  try {
    const [, found] =
      /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return found === 'unlimited' ? Infinity : Number(found ?? openFilesMaxUnknown);
  } catch {
    return openFilesMaxUnknown;
  }
}

export function divideDescriptors(
  openFilesMax: number,
  { role, databaseUrl, databasePoolMax, partitions, connectionsMax: given, limits }: Config,
): DescriptorShares {
  const own = ownDescriptors + (isSqlite(databaseUrl) ? 0 : databasePoolMax * (1 + partitions.length));
  const free = Math.max(2, openFilesMax - own);
  const inboundDefault = role === 'worker' ? connectionsOfWorker : connectionsMaxDefault;
  const outboundWanted = role === 'api' ? 0 : limits.inFlightMax + socketsKeptMax;
  // Each side has at least half of what is free, if it needs it.
  const inbound = given ?? Math.min(inboundDefault, Math.max(free - outboundWanted, Math.floor(free / 2)));
  const outbound = Math.max(2, Math.min(outboundWanted, free - inbound));
  const inFlightMax = Math.min(limits.inFlightMax, Math.floor(outbound / 2));
  return { connectionsMax: inbound, inFlightMax, socketsKeptMax: outbound - inFlightMax };
}

/** Warns when the limit does not allow as many requests to receivers as are configured. */
export function warnOfFewDescriptors(config: Config, log: Logger): void {
  const openFilesMax = readOpenFilesMax();
  const shares = divideDescriptors(openFilesMax, config);
  if (config.role === 'api' || shares.inFlightMax >= config.limits.inFlightMax) return;
  const hint = 'raise the limit of open files (LimitNOFILE, ulimit -n) to 16384 or more';
  log.warn({ openFilesMax, ...shares, hint }, 'server.open_files_few');
}
