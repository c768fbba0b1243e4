// What every dialect must do on a running server: one suite over each client of `dialect-clients.ts`. Whatever
// is sent, the answer is one that the served document describes, and what is refused has changed nothing.
import { afterAll, beforeAll, describe } from 'vitest';
import { describeBodies } from './dialect-bodies.ts';
import type { DialectClient } from './dialect-clients.ts';
import { describeCredentials } from './dialect-credentials.ts';
import { describeHostilePaths, describeHostileText } from './dialect-hostile.ts';
import { describeLife } from './dialect-life.ts';
import { describeAnything } from './dialect-properties.ts';
import { describeSamples } from './dialect-samples.ts';
import { describeStrangers } from './dialect-strangers.ts';
import { openWorld, type World } from './dialect-world.ts';

export function dialectServerContract(client: DialectClient): void {
  describe(`dialect ${client.name} on a server`, () => {
    // Filled in before the first test.
    const world = {} as World;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const made = await openWorld(client);
      Object.assign(world, made.world);
      close = made.close;
    });
    afterAll(() => close());

    describeLife(world, client);
    describeStrangers(world, client);
    describeCredentials(world, client);
    describeHostileText(world, client);
    describeHostilePaths(world, client);
    describeBodies(world, client);
    describeAnything(world, client);
    describeSamples(world, client);
  });
}
