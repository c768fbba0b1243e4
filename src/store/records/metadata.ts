import type { MetadataStore } from '../store.ts';
import { sql } from '../sql.ts';
import type { Engine } from './engine.ts';
import { get, run, type Work } from './work.ts';

export function createMetadataStore(engine: Engine): MetadataStore {
  return { putIfAbsent: (name, value) => engine.read(putIfAbsent(name, value)) };
}

function* putIfAbsent(name: string, value: string): Work<string> {
  yield* run(
    sql`insert into metadata (name, value) values (${name}, ${value}) on conflict (name) do nothing`,
  );
  const row = yield* get<{ value: string }>(sql`select value from metadata where name = ${name}`);
  return row?.value ?? value;
}
