// The ingest limit: the server's own HTTP code with every route, check and answer, on a publisher that stores nothing.
import type { PublishedEvent } from '#core/event.ts';
import { dialects } from '#dialects/index.ts';
import { createHttpServer } from '#http/server.ts';
import { systemClock } from '#lib/clock.ts';
import { createIdSource } from '#lib/ids.ts';
import { systemRandom } from '#lib/random.ts';
import { adminKey, createHttpFakes } from '../../test/support/http-fakes.ts';
import { serveCalls } from '../../test/support/part.ts';

export interface IngestCalls {
  /** Starts the server. Returns its address and key. */
  listen(input: null): Promise<{ url: string; adminKey: string }>;
}

const ids = createIdSource(systemRandom);

const { deps } = createHttpFakes({
  dialects,
  clock: systemClock,
  publisher: {
    publish: (_tenant, events) =>
      Promise.resolve(
        events.map(({ type, mode = 'live' }): PublishedEvent => {
          const now = systemClock.now();
          return {
            id: ids.next('evt', now),
            type,
            mode,
            deliveries: 1,
            filtered: 0,
            createdAt: now,
            isReplayed: false,
            unsent: null,
          };
        }),
      ),
  },
});

serveCalls<IngestCalls>({
  async listen() {
    const server = await createHttpServer(deps);
    return { url: await server.listen({ host: '127.0.0.1', port: 0 }), adminKey };
  },
});
