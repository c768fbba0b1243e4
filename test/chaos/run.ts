// Runs one case: a world, a load, the steps of the case, and then the verdict.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../support/api-client.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import type { Case } from './case.ts';
import type { StoreKind } from './database.ts';
import { type LoadShape, startLoad, tenant, typesOf } from './load.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { judge, type Verdict } from './verdict.ts';
import { openWorld, type World } from './world.ts';

export interface RunOptions {
  readonly store: StoreKind;
  readonly seed: number;
  readonly say: (step: string) => void;
}

export interface Run extends Verdict {
  readonly name: string;
  readonly store: StoreKind;
  readonly seed: number;
  /** From the first publish to the last accepted event, and from there to the last delivery. Ms. */
  readonly loadMs: number;
  readonly drainMs: number;
  /** The longest that an event took from its first request to its 202. */
  readonly slowestMs: number;
  readonly answers: Readonly<Record<string, number>>;
}

/** Longer than a lease: what was claimed and its claimer never learnt of is due again after it. */
const drainMsMax = 120_000;

/** What a publisher may be told while the server is being hurt. */
const fineAnswers = new Set(['202', '503', 'lost']);

export async function runCase(one: Case, { store, seed, say }: RunOptions): Promise<Run> {
  const shape = one.load;
  const recorder = await startRecorder(seed, one.receivers);
  const world = await openWorld({ store, needs: one.needs ?? null, random: createSeededRandom(seed), say });
  try {
    for (const role of store === 'sqlite' ? (['all'] as const) : one.roles) await world.start(role);
    await prepare(world, recorder, shape);
    const startedAt = performance.now();
    const load = startLoad(shape, world.clients);
    say(`publishing ${shape.perSecond} events/s for ${shape.seconds} s`);
    await Promise.all([one.run(world, load), load.done]);
    const loadedAt = performance.now();
    say(`${load.accepted.length} events accepted, waiting for their deliveries`);
    await drain(world, recorder, load.accepted.length * shape.fanOut);
    const drainedAt = performance.now();
    const rest = await world.end();
    const verdict = judge({
      accepted: load.accepted,
      seen: await recorder.report(),
      faults: world.faults,
      rest,
    });
    const strange = [...load.answers.keys()].filter((answer) => !fineAnswers.has(answer));
    return {
      name: one.name,
      store,
      seed,
      ...verdict,
      violations: [
        ...verdict.violations,
        ...world.violations,
        ...strange.map((answer) => `publishing was answered ${answer}`),
      ],
      loadMs: Math.round(loadedAt - startedAt),
      drainMs: Math.round(drainedAt - loadedAt),
      slowestMs: Math.round(load.slowestMs()),
      answers: Object.fromEntries(load.answers),
    };
  } finally {
    await world.close();
    await recorder.close();
  }
}

async function prepare(world: World, recorder: Recorder, shape: LoadShape): Promise<void> {
  const [client] = world.clients();
  if (client === undefined) throw new Error('no process takes in');
  await create(client, '/tenants', { id: tenant, name: 'Acme', dialect: 'standard' });
  const secrets: string[] = [];
  for (let number = 0; number < shape.endpoints; number++) {
    const endpoint = { url: `${recorder.url}/${number}`, eventTypes: typesOf(number, shape) };
    const { id, secret } = await create(client, `/tenants/${tenant}/endpoints`, endpoint);
    world.database.endpoints.push(String(id));
    secrets.push(String(secret));
  }
  recorder.learn(secrets);
}

async function create(client: ApiClient, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await client.call<Record<string, unknown>>('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} was answered ${answer.status}`);
  return answer.body;
}

/** Waits until everything is delivered and its results are written, or for as long as that may take. */
async function drain(world: World, recorder: Recorder, owed: number): Promise<void> {
  const givenUpAt = performance.now() + drainMsMax;
  while (performance.now() < givenUpAt) {
    if ((await recorder.count()) >= owed && (await world.database.waiting()) === 0) return;
    await sleep(200);
  }
}
