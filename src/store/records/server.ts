import type { ReadStore } from '../store.ts';
import type { Reader } from './engine.ts';

export function readServer(reader: Reader): ReadStore['server'] {
  return { describe: () => reader.read(reader.find.databaseFacts()) };
}
