// The POST limit: a loop over the server's own rendering, signing and sending.
import type { Endpoint } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import type { TenantId } from '#core/tenant.ts';
import { createSender } from '#sending/send.ts';
import { standard } from '#dialects/standard/index.ts';
import { createAddressRules } from '#sending/address.ts';
import { systemClock } from '#lib/clock.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { exampleEndpoint, exampleEvent } from '../../test/support/examples.ts';
import { serveCalls } from '../../test/support/part.ts';
import { createPayload } from '../payload.ts';

export interface PostCalls {
  /** POSTs to the ports in turn, `concurrency` requests at a time. Returns the rate per second. */
  run(input: PostRun): Promise<number>;
}

export interface PostRun {
  readonly ports: readonly number[];
  readonly payloadBytes: number;
  readonly concurrency: number;
  /** Time before `ms` that is not counted. */
  readonly rampMs: number;
  readonly ms: number;
}

const sender = createSender({
  rules: createAddressRules(['127.0.0.0/8']),
  userAgent: 'Carillon/bench',
  connectionsPerOriginMax: 2000,
});
const ids = createIdSource(systemRandom);
const { secret } = await standard.createSecret(systemRandom);
const tenant = 'bench' as TenantId;

async function run({ ports, payloadBytes, concurrency, rampMs, ms }: PostRun): Promise<number> {
  const payload = Buffer.from(createPayload(payloadBytes));
  const targets = ports.map(createEndpoint);
  const countFrom = performance.now() + rampMs;
  const endAt = countFrom + ms;
  let started = 0;
  let counted = 0;
  const turn = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const endpoint = targets[started++ % targets.length];
      if (endpoint === undefined) throw new Error('no port to send to');
      await post(endpoint, createEvent(payload, started));
      const now = performance.now();
      if (now >= countFrom && now < endAt) counted++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, turn));
  return (counted * 1000) / ms;
}

async function post(endpoint: Endpoint, event: Event): Promise<void> {
  const body = standard.render(event, endpoint);
  const headers = await standard.sign(
    { event, endpoint, payload: body, secrets: [secret] },
    systemClock.now(),
  );
  const reply = await sender.send({ url: endpoint.url, headers, body, timeoutMs: standard.policy.timeoutMs });
  if (reply.kind !== 'answered' || reply.status !== 200)
    throw new Error(`the sink did not answer 200: ${JSON.stringify(reply)}`);
}

function createEvent(payload: Buffer, seq: number): Event {
  const now = systemClock.now();
  const id = ids.next('evt', now);
  return exampleEvent({ seq, id, tenant, type: 'bench.0', payload, occurredAt: now, createdAt: now });
}

function createEndpoint(port: number, index: number): Endpoint {
  return exampleEndpoint({ tenant, url: `http://127.0.0.1:${port}/${index}` });
}

serveCalls<PostCalls>({ run });
