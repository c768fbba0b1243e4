import type { MetadataStore } from '#store/store.ts';
import { sql } from './database.ts';
import type { Context } from './memory.ts';

export function createMetadataStore({ db }: Context): MetadataStore {
  return {
    async putIfAbsent(name, value) {
      db.run(insertOnce, name, value);
      return db.get<{ value: string }>(selectValue, name)?.value ?? value;
    },
  };
}

const insertOnce = sql`insert into metadata (name, value) values (?, ?) on conflict (name) do nothing`;

const selectValue = sql`select value from metadata where name = ?`;
