// What every store promises of its description.
import { expect, test } from 'vitest';
import { listMigrations } from '#store/migrations.ts';
import { openWorld, type OpenStore } from './store-world.ts';

export function serverContract(open: OpenStore): void {
  test('a store says its version, its schema and its size', async () => {
    const world = await openWorld(open);
    const facts = await world.store.server.describe();
    expect(facts.version).toMatch(/^\d+\.\d+/);
    const known = ['sqlite', 'postgres'].map(
      (kind) =>
        listMigrations(new URL(`../../src/store/${kind}/migrations/`, import.meta.url)).at(-1)?.number,
    );
    expect(known).toContain(facts.schema);
    expect(facts.sizeBytes).toBeGreaterThan(4096);
    await world.tenant();
    const { version, schema, processes } = await world.store.server.describe();
    expect({ version, schema, processes }).toEqual({
      version: facts.version,
      schema: facts.schema,
      processes: facts.processes,
    });
  });
}
