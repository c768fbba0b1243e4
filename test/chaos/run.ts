// Runs one chaos case: starts the processes, publishes, injects the faults, waits for the deliveries, and judges.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../support/api-client.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import type { Case } from './case.ts';
import type { StoreKind } from '../support/database.ts';
import { type LoadShape, longestSilenceMs, startLoad, tenant, typesOf } from './load.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import { judge, type Verdict } from './verdict.ts';
import { type Cluster, type FailOver, openCluster } from './cluster.ts';

export interface RunOptions {
  readonly store: StoreKind;
  readonly seed: number;
  readonly log: (step: string) => void;
}

export interface Run extends Verdict {
  readonly name: string;
  readonly store: StoreKind;
  readonly seed: number;
  /** Ms from the first publish request to the last accepted event, and from there to the last delivery. */
  readonly loadMs: number;
  readonly drainMs: number;
  /** The longest time from the first request for an event to its 202. */
  readonly slowestMs: number;
  /** Ms from the start of a process after a kill to the first 202, in rising order; empty for most cases. */
  readonly restartsMs: readonly number[];
  readonly answers: Readonly<Record<string, number>>;
  /** In a case that loses the primary of the database: each loss, with the longest time without a 202. */
  readonly failOvers: readonly (FailOver & { readonly silentMs: number })[];
}

/** Longer than a lease: a delivery that was claimed, and whose claim never reached a worker, is due again when its lease ends. */
const drainMsMax = 150_000;

/** Answers that a publisher may get while faults are injected. */
const expectedAnswers = new Set(['202', '503', 'lost']);

export async function runCase(one: Case, { store, seed, log }: RunOptions): Promise<Run> {
  const shape = one.load;
  const receivers = await startReceivers(seed, one.receivers);
  const cluster = await openCluster({
    store,
    needs: one.needs ?? null,
    random: createSeededRandom(seed),
    log,
  });
  try {
    for (const role of store === 'sqlite' ? (['all'] as const) : one.roles) await cluster.start(role);
    await prepare(cluster, receivers, shape);
    const startedAt = performance.now();
    const load = startLoad(shape, cluster.clients);
    log(`publishing ${shape.perSecond} events/s for ${shape.seconds} s`);
    await Promise.all([one.run(cluster, load), load.done]);
    const loadedAt = performance.now();
    log(`${load.accepted.length} events accepted, waiting for their deliveries`);
    await drain(cluster, receivers, load.accepted.length * shape.fanOut);
    const drainedAt = performance.now();
    const leftover = await cluster.end();
    const verdict = judge({
      accepted: load.accepted,
      seen: await receivers.report(),
      faults: cluster.faults,
      leftover,
    });
    const unexpected = [...load.answers.keys()].filter((answer) => !expectedAnswers.has(answer));
    return {
      name: one.name,
      store,
      seed,
      ...verdict,
      violations: [
        ...verdict.violations,
        ...cluster.violations,
        ...unexpected.map((answer) => `publishing was answered ${answer}`),
      ],
      loadMs: Math.round(loadedAt - startedAt),
      drainMs: Math.round(drainedAt - loadedAt),
      slowestMs: Math.round(load.tookMs.reduce((most, ms) => Math.max(most, ms), 0)),
      restartsMs: cluster.restartsMs.map(Math.round).toSorted((a, b) => a - b),
      answers: Object.fromEntries(load.answers),
      failOvers: cluster.failOvers.map((one) => ({
        ...one,
        silentMs: longestSilenceMs(load.acceptedAt, one.lostAt, one.rejoinedAt),
      })),
    };
  } finally {
    await cluster.close();
    await receivers.close();
  }
}

async function prepare(cluster: Cluster, receivers: Receivers, shape: LoadShape): Promise<void> {
  const [client] = cluster.clients();
  if (client === undefined) throw new Error('no process answers requests');
  await create(client, '/tenants', { id: tenant, name: 'Acme', dialect: 'standard' });
  const secrets: string[] = [];
  for (let number = 0; number < shape.endpoints; number++) {
    const endpoint = { url: `${receivers.url}/${number}`, eventTypes: typesOf(number, shape) };
    const { id, secret } = await create(client, `/tenants/${tenant}/endpoints`, endpoint);
    cluster.database.endpoints.push(String(id));
    secrets.push(String(secret));
  }
  receivers.setSecrets(secrets);
}

async function create(client: ApiClient, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await client.call<Record<string, unknown>>('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} was answered ${answer.status}`);
  return answer.body;
}

/** Waits until everything is delivered and recorded, or for `drainMsMax`. */
async function drain(cluster: Cluster, receivers: Receivers, owed: number): Promise<void> {
  const deadline = performance.now() + drainMsMax;
  while (performance.now() < deadline) {
    if ((await receivers.count()) >= owed && (await cluster.database.waiting()) === 0) return;
    await sleep(200);
  }
}
