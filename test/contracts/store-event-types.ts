// What every store promises of the event catalogue.
import { describe, expect, test } from 'vitest';
import type { EventTypeContent } from '#core/catalogue.ts';
import { firstPage, openWorld, type OpenStore, start } from './store-world.ts';

const terms = { now: start, countMax: 3, charactersMax: 1000 };
const content = (name: string, more: Partial<EventTypeContent> = {}): EventTypeContent => ({
  name,
  groupName: null,
  description: null,
  schema: null,
  examples: [],
  deprecated: false,
  ...more,
});
const full: Partial<EventTypeContent> = {
  groupName: 'Invoices',
  description: 'Money came. “é” 😀',
  schema: { type: 'object', properties: { __proto__x: { const: '\u0000' } } },
  examples: [null, 1, ['a'], { text: '\ud800\u0000' }],
  deprecated: true,
};

export function eventTypesContract(open: OpenStore): void {
  describe('event types', () => {
    test('are kept as they are given, replaced as a whole, and removed', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const created = await store.eventTypes.set(content('a', full), terms);
      const stamps = { version: 1, createdAt: start, updatedAt: start };
      expect(created).toEqual({ ...content('a', full), ...stamps, revision: 1 });
      const again = await world.reopen(start + 1);
      expect(await again.eventTypes.get('a')).toEqual(created);

      const changed = await again.eventTypes.set(content('a', { examples: [2] }), {
        ...terms,
        now: start + 5,
      });
      const raised = { version: 2, revision: 2, createdAt: start, updatedAt: start + 5 };
      expect(changed).toEqual({ ...content('a', { examples: [2] }), ...raised });
      expect(await again.eventTypes.remove('a')).toBe(true);
      expect(await again.eventTypes.remove('a')).toBe(false);
      expect(await again.eventTypes.get('a')).toBeNull();
      // No two contents have the same revision.
      expect(await again.eventTypes.set(content('a'), terms)).toMatchObject({ version: 1, revision: 4 });
    });

    test('stay as they are when the same is set again', async () => {
      const { store } = await openWorld(open);
      const created = await store.eventTypes.set(content('a', full), terms);
      expect(await store.eventTypes.set(content('a', full), { ...terms, now: start + 1 })).toEqual(created);
      expect(await store.eventTypes.index(1)).toBeNull();
    });

    test('are so many at most, with so many characters', async () => {
      const { store } = await openWorld(open);
      const wide = (length: number) => ({
        schema: { title: 'x'.repeat(length) },
        description: 'y'.repeat(100),
      });
      expect(await store.eventTypes.set(content('a', wide(850)), terms)).not.toBeNull();
      expect(await store.eventTypes.set(content('b', wide(0)), terms)).toBeNull();
      expect(await store.eventTypes.set(content('a', wide(1000)), terms)).toBeNull();
      expect(await store.eventTypes.set(content('a', wide(10)), terms)).toMatchObject({ version: 2 });
      for (const name of ['b', 'c']) expect(await store.eventTypes.set(content(name), terms)).not.toBeNull();
      expect(await store.eventTypes.set(content('d'), terms)).toBeNull();
    });

    test('are listed by name, in pages', async () => {
      const { store } = await openWorld(open);
      for (const name of ['b.x', 'B', 'a']) await store.eventTypes.set(content(name), terms);
      const first = await store.eventTypes.list({ limit: 2, cursor: null });
      const second = await store.eventTypes.list({ limit: 2, cursor: first.nextCursor });
      const names = [...first.items, ...second.items].map(({ name }) => name);
      expect([names, second.nextCursor]).toEqual([['B', 'a', 'b.x'], null]);
      await expect(store.eventTypes.list({ ...firstPage, cursor: 'x' })).rejects.toMatchObject({
        code: 'cursor_invalid',
      });
    });

    test('are as many as the terms allow, also when many are created at once', async () => {
      const { store } = await openWorld(open);
      const made = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((name) => store.eventTypes.set(content(name), terms)),
      );
      expect(made.filter((type) => type === null)).toHaveLength(2);
      const revisions = made.flatMap((type) => type?.revision ?? []);
      expect(revisions.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      const existing = made.find((type) => type !== null)?.name ?? '';
      expect(await store.eventTypes.set(content(existing, full), terms)).toMatchObject({ version: 2 });
    });

    test('have an index that says what has changed', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const reads = world.openReads();
      expect(await reads.eventTypes.index(null)).toEqual({ revision: 0, types: [] });
      await store.eventTypes.set(content('b', { schema: {} }), terms);
      await store.eventTypes.set(content('a'), terms);
      const types = [
        { name: 'a', revision: 2, hasSchema: false },
        { name: 'b', revision: 1, hasSchema: true },
      ];
      expect(await reads.eventTypes.index(0)).toEqual({ revision: 2, types });
      expect(await reads.eventTypes.index(2)).toBeNull();
      await store.eventTypes.remove('a');
      expect(await reads.eventTypes.index(2)).toMatchObject({ revision: 3, types: [{ name: 'b' }] });
    });

    test('of any name are looked up and not found', async () => {
      const { store } = await openWorld(open);
      for (const name of ['', "'; drop table event_types; --", '\0', '\ud800']) {
        expect(await store.eventTypes.get(name)).toBeNull();
        expect(await store.eventTypes.remove(name)).toBe(false);
      }
    });
  });
}
