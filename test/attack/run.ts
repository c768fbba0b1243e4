// Runs one attack: measures the victim alone, under attack and after it, on the same server, and judges.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits } from '#core/limits.ts';
import { createApiClient } from '../support/api-client.ts';
import { openDatabase, type StoreKind } from '../support/database.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { readResidentMiB } from '../support/machine.ts';
import { type Part, startPart } from '../support/part.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { type Case, type Limits, type Pace, usualLimits } from './case.ts';
import type { ReceiverCalls } from './receivers.ts';
import { create, forAll, type Stage } from './stage.ts';
import { isJudged, judge, type Measured, type Parts } from './verdict.ts';
import { victim, type VictimCalls } from './victim.ts';

export interface RunOptions {
  readonly store: StoreKind;
  readonly seed: number;
  readonly pace: Pace;
  readonly log: (step: string) => void;
}

export interface Run extends Parts {
  readonly name: string;
  readonly title: string;
  readonly store: StoreKind;
  /** Requests that the receivers of the attackers got. */
  readonly hostileRequests: number;
  /** One sentence for each limit that was broken: the verdict is `kept` without any. */
  readonly breaches: readonly string[];
  /** False when the machine was too busy for a verdict. */
  readonly isJudged: boolean;
}

const residentEveryMs = 100;
/** Before the victim is measured alone: the server's code is compiled, its connections are open. */
const warmUpMs = 2000;
/** What waiting for late deliveries and for the end of the attack may take besides. */
const spareMs = 150_000;

export async function runCase(one: Case, { store, seed, pace, log }: RunOptions): Promise<Run> {
  const closing: (() => Promise<unknown> | void)[] = [];
  try {
    const folder = temporaryFolder();
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const database = await openDatabase(store, folder);
    closing.push(() => database.close());
    const settings = {
      ...keySettings,
      ...database.settings(database.port),
      CARILLON_IN_FLIGHT_MAX: String(defaultLimits.inFlightMax * pace.share),
      ...one.settings,
    };
    const server = await startServer(folder, settings, { openFilesMax: one.openFilesMax });
    closing.push(() => server.kill());
    const start = <Calls>(file: string): Part<Calls> => {
      const part = startPart<Calls>(join(import.meta.dirname, file));
      closing.push(() => part.stop());
      return part;
    };
    const admin = createApiClient(server.url, server.adminKey);
    closing.push(() => admin.close());
    const receivers = start<ReceiverCalls>('receivers.ts');
    const stage: Stage = {
      server,
      admin,
      receivers,
      receiverUrl: (await receivers.call('listen', null)).url,
      random: createSeededRandom(seed),
      scale: (count) => Math.max(1, Math.round(count * pace.share)),
      log,
    };
    const attack = await one.prepare(stage);
    const target = start<VictimCalls>('victim.ts');
    await startVictim(stage, target, pace);
    await sleep(warmUpMs);

    const alone = await measure(server, target, pace.aloneMs);
    log(`alone: ${describe(alone)}`);
    const ending = new AbortController();
    const attacking = attack(ending.signal);
    const attacked = await measure(server, target, pace.attackMs);
    log(`under attack: ${describe(attacked)}`);
    ending.abort();
    await attacking;
    const after = await measure(server, target, pace.afterMs);
    log(`after: ${describe(after)}`);

    const parts = { alone, attacked, after };
    const limits = withLeeway({ ...usualLimits, ...one.limits }, pace);
    const verdict = { breaches: judge(parts, limits), isJudged: isJudged(parts, limits) };
    const { requests: hostileRequests } = await receivers.call('count', null);
    return { name: one.name, title: one.title, store, ...parts, hostileRequests, ...verdict };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

function withLeeway(limits: Limits, { leeway }: Pace): Limits {
  const { deliveryP99MsMax, publishP99MsMore } = limits;
  return {
    ...limits,
    deliveryP99MsMax: deliveryP99MsMax * leeway,
    publishP99MsMore: publishP99MsMore * leeway,
  };
}

async function startVictim(
  { server, admin }: Stage,
  target: Part<VictimCalls>,
  { aloneMs, attackMs, afterMs }: Pace,
): Promise<void> {
  const { url } = await target.call('listen', null);
  await create(admin, '/tenants', { id: victim.tenant, name: 'Victim', dialect: 'standard' });
  const endpoints = victim.endpointsFor(warmUpMs + aloneMs + attackMs + afterMs + spareMs);
  await forAll([...Array(endpoints).keys()], (number) => {
    const endpoint = { url: `${url}/${number}`, eventTypes: [victim.eventType(number)] };
    return create(admin, `/tenants/${victim.tenant}/endpoints`, endpoint);
  });
  await target.call('start', { url: server.url, adminKey: server.adminKey });
}

async function measure(server: ServerProcess, target: Part<VictimCalls>, ms: number): Promise<Measured> {
  let residentMiB = readResidentMiB(server.pid);
  const timer = setInterval(() => {
    const now = readResidentMiB(server.pid);
    if (now !== null) residentMiB = Math.max(residentMiB ?? 0, now);
  }, residentEveryMs);
  try {
    return { ...(await target.call('measure', { ms })), residentMiB };
  } finally {
    clearInterval(timer);
  }
}

function describe({ publishP99Ms, deliveryP99Ms, residentMiB }: Measured): string {
  const memory = residentMiB === null ? '' : `, ${Math.round(residentMiB)} MiB`;
  return `publish p99 ${publishP99Ms.toFixed(0)} ms, delivery p99 ${deliveryP99Ms.toFixed(0)} ms${memory}`;
}
