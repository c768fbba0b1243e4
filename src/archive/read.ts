// Reading an archive by its manifests: whole days only, each file once through its checksum, line by line.
import { createHash } from 'node:crypto';
import { pipeline, PassThrough, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type ArchivedFile, type ArchiveKind, dateOf, dayMs } from '#core/archive.ts';
import { readManifest } from './manifest.ts';
import type { ArchivePlace } from './place.ts';

export interface ArchiveSearch {
  readonly kinds: readonly ArchiveKind[];
  readonly tenant?: string | undefined;
  /** The id of an event, with the deliveries and attempts of it. */
  readonly event?: string | undefined;
  /** Of the event. */
  readonly type?: string | undefined;
  /** Unix ms. Of events when they were published, of all others when their deliveries ended. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface FoundLine {
  readonly kind: ArchiveKind;
  /** As it is in the file. */
  readonly line: string;
  readonly row: ArchiveRow;
}

/** What all rows have, by their kinds. */
export interface ArchiveRow {
  readonly tenant: string;
  readonly mode: string;
  readonly id: string;
  readonly type?: string;
  readonly eventType?: string;
  readonly event?: string;
  readonly createdAt?: string;
  readonly endedAt?: string;
  readonly deliveryEndedAt?: string;
  readonly startedAt?: string;
  readonly state?: string;
  readonly outcome?: string;
  readonly status?: number | null;
  readonly url?: string;
}

/** The days that are whole, oldest first. */
export async function* listDays(place: ArchivePlace): AsyncGenerator<string> {
  for (const name of await place.listFolders()) {
    if (/^\d{4}-\d{2}-\d{2}$/.test(name)) yield name;
  }
}

/** Throws at the end of a file whose checksum is wrong: what was found in it is not certain. */
export async function* searchArchive(place: ArchivePlace, search: ArchiveSearch): AsyncGenerator<FoundLine> {
  const matches = compileSearch(search);
  // A row may be of the day before or after that of its time, by the clocks of two processes around midnight.
  const first = search.since === undefined ? '' : dateOf(search.since - dayMs);
  const last = search.until === undefined ? '9' : dateOf(search.until + dayMs);
  for await (const day of listDays(place)) {
    if (day < first || day > last) continue;
    for (const file of (await readManifest(place, day))?.files ?? []) {
      const { kind, tenant } = file;
      if (!search.kinds.includes(kind) || (search.tenant ?? tenant) !== tenant) continue;
      for await (const line of readLines(place, file)) {
        const row = matches(kind, line);
        if (row !== null) yield { kind, line, row };
      }
    }
  }
}

/** Compares texts before it parses: most lines are not meant. */
function compileSearch({ event, type, since, until }: ArchiveSearch) {
  const texts = [event, type].filter((text) => text !== undefined).map((text) => JSON.stringify(text));
  return (kind: ArchiveKind, line: string): ArchiveRow | null => {
    if (!texts.every((text) => line.includes(text))) return null;
    const row = JSON.parse(line) as ArchiveRow;
    const isOf =
      kind === 'events' ? { event: row.id, type: row.type } : { event: row.event, type: row.eventType };
    if ((event ?? isOf.event) !== isOf.event || (type ?? isOf.type) !== isOf.type) return null;
    const at = Date.parse(timeOf(kind, row));
    return at >= (since ?? -Infinity) && at < (until ?? Infinity) ? row : null;
  };
}

function timeOf(kind: ArchiveKind, row: ArchiveRow): string {
  const times = { events: row.createdAt, deliveries: row.endedAt, attempts: row.deliveryEndedAt };
  return times[kind] ?? '';
}

/** A line may be as long as a payload; of a file, a few chunks are in memory. */
async function* readLines(place: ArchivePlace, file: ArchivedFile): AsyncGenerator<string> {
  const where = `${place.name}: ${file.path}`;
  const source = await place.read(file.path);
  if (source === null) throw new Error(`${where} is missing`);
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  let rows = 0;
  try {
    let rest = '';
    for await (const text of decompress(counted())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        rows++;
        yield line;
      }
    }
  } catch (cause) {
    throw new Error(`${where} is damaged`, { cause });
  }
  const isWhole = rows === file.rows && bytes === file.bytes && hash.digest('hex') === file.sha256;
  if (!isWhole) throw new Error(`${where} is not what its manifest says`);
}

function decompress(source: AsyncGenerator<Uint8Array>): AsyncIterable<string> {
  const gunzip = createGunzip();
  const texts = new PassThrough({ encoding: 'utf8' });
  // Its errors are those of the reader, too.
  pipeline(Readable.from(source), gunzip, texts, () => {});
  return texts;
}

/** What is wrong with the archive, and what it has. */
export interface Verdict {
  readonly days: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly problems: readonly string[];
}

/** Reads everything. `seen` is told of each day. */
export async function verifyArchive(place: ArchivePlace, seen: (day: string) => void): Promise<Verdict> {
  const found = { days: 0, files: 0, rows: 0, bytes: 0 };
  const problems: string[] = [];
  let previous: string | null = null;
  for await (const day of listDays(place)) {
    seen(day);
    try {
      const manifest = await readManifest(place, day);
      // A day that is being written, or is to be written again.
      if (manifest === null) continue;
      if (previous !== null && Date.parse(day) !== Date.parse(previous) + dayMs) {
        problems.push(`there is no day between ${previous} and ${day}`);
      }
      previous = day;
      found.days++;
      for (const file of manifest.files) {
        try {
          for await (const line of readLines(place, file)) JSON.parse(line);
        } catch (error) {
          problems.push(error instanceof Error ? error.message : String(error));
        }
        found.files++;
        found.rows += file.rows;
        found.bytes += file.bytes;
      }
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { ...found, problems };
}
