// The signing limit of CHIP: a loop over the dialect's own RSA signing, on all cores.
import type { Endpoint } from '#core/endpoint.ts';
import type { Event } from '#core/event.ts';
import { chip } from '#dialects/chip/index.ts';
import { systemClock } from '#lib/clock.ts';
import { systemRandom } from '#lib/random.ts';
import { serveCalls } from '../../test/support/part.ts';
import { createPayload } from '../payload.ts';

export interface SignCalls {
  /** Signs, `concurrency` at a time. Returns the rate per second. */
  run(input: { payloadBytes: number; concurrency: number; ms: number }): Promise<number>;
}

const { secret } = await chip.createSecret(systemRandom);

serveCalls<SignCalls>({
  async run({ payloadBytes, concurrency, ms }) {
    const payload = Buffer.from(createPayload(payloadBytes));
    // The signature covers only the payload.
    const message = { event: {} as Event, endpoint: {} as Endpoint, payload, secrets: [secret] };
    const endAt = performance.now() + ms;
    let counted = 0;
    const turn = async (): Promise<void> => {
      while (performance.now() < endAt) {
        await chip.sign(message, systemClock.now());
        counted++;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, turn));
    return (counted * 1000) / ms;
  },
});
