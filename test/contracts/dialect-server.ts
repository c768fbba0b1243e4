// The dialect contract on a running server: the answer to any request is one that the served document describes, and a
// refused request has changed nothing.
import type { Dialect } from '#dialects/dialect.ts';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeBodies } from './dialect-bodies.ts';
import type { DialectClient } from './dialect-client.ts';
import { describeCredentials } from './dialect-credentials.ts';
import { describeHeaders } from './dialect-headers.ts';
import { describeHostilePaths, describeHostileText } from './dialect-hostile.ts';
import { describeLife } from './dialect-life.ts';
import { describeProperties } from './dialect-properties.ts';
import { describeSamples } from './dialect-samples.ts';
import { describeIsolation } from './dialect-isolation.ts';
import { describeUpsert } from './dialect-upsert.ts';
import { describeUrls } from './dialect-urls.ts';
import { openWorld, type World } from './dialect-world.ts';

/** `fixturesFolder` is relative to the repository, e.g. `test/fixtures/standard`. */
export function dialectServerContract(dialect: Dialect, client: DialectClient, fixturesFolder: string): void {
  describe(`dialect ${client.name} on a server`, () => {
    // Filled in before the first test.
    const world = {} as World;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const made = await openWorld(dialect, client);
      Object.assign(world, made.world);
      close = made.close;
    });
    afterAll(() => close());

    describeLife(world, client);
    describeIsolation(world, client);
    describeCredentials(world, client);
    describeHostileText(world, client);
    describeHostilePaths(world, client);
    describeBodies(world, client);
    describeUpsert(world, client);
    describeProperties(world, client, dialect);
    describeUrls(world, client);
    describeHeaders(world, client);
    describeSamples(world, client, fixturesFolder);
  });
}
