import type { MetadataStore } from '#store/store.ts';
import type { Context } from './context.ts';
import { sql } from './database.ts';

export function createMetadataStore({ db }: Context): MetadataStore {
  return {
    async putIfAbsent(name, value) {
      await db.run(insertOnce, [name, value]);
      return (await db.get<{ value: string }>(selectValue, [name]))?.value ?? value;
    },
  };
}

const insertOnce = sql`insert into metadata (name, value) values ($1, $2) on conflict (name) do nothing`;

const selectValue = sql`select value from metadata where name = $1`;
