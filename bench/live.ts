// Live load on a server whose database holds a million other deliveries: starts servers on one database, one after the other,
// with a load generator and a sink.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '#core/tenant.ts';
import type { Place } from '#store/open.ts';
import { type ApiClient, createApiClient } from '../test/support/api-client.ts';
import { startServer } from '../test/support/server-process.ts';
import type { Filling } from '../test/support/fill.ts';
import type { GeneratorCalls } from './generator.ts';
import { readResidentMiB } from '../test/support/machine.ts';
import { connectGenerator, timed } from './measure.ts';
import { startPart } from '../test/support/part.ts';
import { openPostgres } from './postgres.ts';
import type { SinkCalls } from './sink.ts';

export type StoreName = 'sqlite' | 'postgres';

/** One run of the load. */
export interface Load {
  readonly publishedPerSecond: number;
  readonly deliveredPerSecond: number;
  /** From the scheduled time of a publication to its answer. */
  readonly publishP50Ms: number;
  readonly publishP99Ms: number;
  readonly deliveredP99Ms: number;
  readonly residentMiB: number;
}

export interface LiveServer {
  /** From the start of the process until it listens. */
  readonly startMs: number;
  /** Resident memory when it listens. */
  readonly startMiB: number;
  readonly api: ApiClient;
  /** Publishes at `rate` per second (open loop), or with null as fast as the server delivers (closed loop). */
  run(rate: number | null, ms: number): Promise<Load>;
  /** Runs `work` while the process is paused (SIGSTOP). */
  pausedWhile<Result>(work: () => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

export interface Live {
  readonly place: Place;
  start(settings?: Record<string, string>): Promise<LiveServer>;
  close(): Promise<void>;
}

/** The tenant of the live load, and the tenant with the million deliveries. */
const liveTenant = 'bench';
export const filledTenant = 'filled' as TenantId;
export const filledType = 'filled';

const endpoints = 200;
const payloadBytes = 1024;
const rampMs = 300;
const warmUpMs = 2000;
/** How long deliveries in flight may take to arrive after a run. */
const drainMsMax = 30_000;

export const terms = `payload 1 KiB, ${endpoints} endpoints on as many ports, one server process`;

/** A new database with the endpoints of the live load, and one endpoint at `filledUrl` for the other tenant. */
export async function openLive(store: StoreName, filledUrl: string): Promise<Live> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  const postgres = store === 'postgres' ? await openPostgres() : null;
  const database = (await postgres?.createDatabase()) ?? null;
  const path = join(folder, 'carillon.db');
  const place: Place =
    database === null ? { kind: 'sqlite', path } : { kind: 'postgres', url: database.url, poolMax: 4 };
  const fixed = {
    CARILLON_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ...(database === null ? {} : { DATABASE_URL: database.url }),
  };
  const sink = startPart<SinkCalls>(join(import.meta.dirname, 'sink.ts'));
  const generator = startPart<GeneratorCalls>(join(import.meta.dirname, 'generator.ts'));
  const { ports, feedPort } = await sink.call('listen', { origins: endpoints });
  const eventTypes = ports.map((_, index) => `bench.${index}`);

  const start = async (settings: Record<string, string> = {}): Promise<LiveServer> => {
    const startedAt = performance.now();
    const server = await startServer(folder, { ...fixed, ...settings });
    const startMs = performance.now() - startedAt;
    const startMiB = readResidentMiB(server.pid) ?? 0;
    const api = createApiClient(server.url, server.adminKey, 4);
    const subject = { ...server, tenants: [liveTenant], eventTypes, fanOut: 1, payloadBytes };
    let isWarm = false;

    const runOnce = async (rate: number | null, ms: number): Promise<Load> => {
      const { total } = await sink.call('read', null);
      const run = timed(rate, rampMs, ms);
      await sink.call('clear', { fromUs: run.countFromUs });
      const published = await generator.call('run', run);
      const deadline = performance.now() + drainMsMax;
      let arrivals = await sink.call('read', null);
      while (arrivals.total - total < published.acceptedTotal) {
        if (performance.now() > deadline) throw new Error('some published events were not delivered');
        await sleep(20);
        arrivals = await sink.call('read', null);
      }
      return {
        publishedPerSecond: published.accepted / published.seconds,
        deliveredPerSecond: published.delivered / published.seconds,
        publishP50Ms: published.p50Ms ?? 0,
        publishP99Ms: published.p99Ms ?? 0,
        deliveredP99Ms: arrivals.p99Ms ?? 0,
        residentMiB: readResidentMiB(server.pid) ?? 0,
      };
    };
    return {
      startMs,
      startMiB,
      api,
      async run(rate, ms) {
        // At each run: the server closes connections that have been idle for long.
        await connectGenerator({ sink, generator, feedPort }, subject);
        if (!isWarm) {
          await runOnce(rate, warmUpMs);
          isWarm = true;
        }
        return runOnce(rate, ms);
      },
      async pausedWhile(work) {
        process.kill(server.pid, 'SIGSTOP');
        try {
          return await work();
        } finally {
          process.kill(server.pid, 'SIGCONT');
        }
      },
      async stop() {
        await api.close();
        await server.terminate();
      },
    };
  };

  const register = async (): Promise<void> => {
    const server = await start();
    const create = async (resource: string, body: object): Promise<void> => {
      const { status } = await server.api.call('POST', resource, body);
      if (status !== 201) throw new Error(`POST ${resource} was answered ${status}`);
    };
    for (const id of [liveTenant, filledTenant]) {
      await create('/tenants', { id, name: id, dialect: 'standard' });
    }
    await create(`/tenants/${filledTenant}/endpoints`, { url: filledUrl, eventTypes: [filledType] });
    for (const [index, port] of ports.entries()) {
      const url = `http://127.0.0.1:${port}/${index}`;
      await create(`/tenants/${liveTenant}/endpoints`, { url, eventTypes: [`bench.${index}`] });
    }
    await server.stop();
  };

  await register();
  return {
    place,
    start,
    async close() {
      await generator.stop();
      await sink.stop();
      await database?.drop();
      await postgres?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Prints the progress of `fill` on standard error. */
export function reportFilling(count: number): Filling['onProgress'] {
  const startedAt = performance.now();
  return (written) => {
    const seconds = (performance.now() - startedAt) / 1000;
    printProgress(`filled ${written} of ${count} in ${seconds.toFixed(0)} s`);
  };
}

export function printProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function medianOf(loads: readonly Load[], name: keyof Load): number {
  const sorted = loads.map((load) => load[name]).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
