// Writes one sealed day, tenant by tenant: its files, then a note of them in the database, and when all tenants are noted,
// the manifest. Whenever it is interrupted, it goes on behind the last noted tenant. What is not noted is written again.
import {
  type ArchiveDay,
  type ArchivedFile,
  type ArchiveKind,
  type ArchivePosition,
  dateOfDay,
} from '#core/archive.ts';
import type { Backend } from '#core/backend.ts';
import type { CommandResult } from '#core/commands.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import { createGzipFile, type GzipFile } from './gzip-file.ts';
import { makeManifest, manifestPath, readManifest, writeManifest, writeText } from './manifest.ts';
import { type ArchivePlace, readText } from './place.ts';

export interface WriteDeps {
  readonly backend: Pick<Backend, 'run'>;
  readonly place: ArchivePlace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Bytes after which a file is continued in another one. */
  readonly bytesMax?: number;
}

/** How long the day is this process's, from each note on; and when it says so again. */
export const leaseMs = 120_000;
const noteAfterMs = 30_000;

/** A bucket takes 5 GB in one piece. */
const fileBytesMax = 4e9;

/** The lease has ended, and another process writes the day; or this one is to stop. */
export class Interrupted extends Error {}

/** Resolves when the day is in the archive. Throws `Interrupted`, or what keeps the archive from being written. */
export async function writeDay(day: ArchiveDay, deps: WriteDeps): Promise<readonly ArchivedFile[]> {
  const { backend, place } = deps;
  const date = dateOfDay(day);
  const mark = String(day.lease);
  const noted = await listNoted(deps);
  const isThere = (await readManifest(place, date)) !== null;
  if (!isThere) await writeTenants(day, deps, noted);
  const files = [...noted.values()].flat().toSorted((a, b) => compare(a.path, b.path));
  const text = writeManifest(makeManifest(date, files));
  if (!isThere) await writeText(place, manifestPath(date), mark, text);
  else if ((await readText(place, manifestPath(date))) !== text) {
    throw new Error(
      `${place.name} has another ${date} already; move that folder away, and it is written anew`,
    );
  }
  if (!(await backend.run('finishArchive', { lease: day.lease }))) throw new Interrupted();
  await place.tidy(date);
  return files;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Noted = Map<TenantId, readonly ArchivedFile[]>;

/** Those of which every file is there. */
async function listNoted({ backend, place }: WriteDeps): Promise<Noted> {
  const noted: Noted = new Map();
  for (let after = ''; ;) {
    const page = await backend.run('listArchivedFiles', { after });
    if (page.length === 0) return noted;
    for (const files of page) {
      const tenant = files[0]?.tenant;
      if (tenant === undefined) continue;
      after = tenant;
      const sizes = await Promise.all(files.map(({ path }) => place.size(path)));
      if (files.every(({ bytes }, index) => bytes === sizes[index])) noted.set(tenant, files);
    }
  }
}

async function writeTenants(day: ArchiveDay, deps: WriteDeps, noted: Noted): Promise<void> {
  const { backend, clock } = deps;
  let notedAt = clock.now();
  const note = async (files: readonly ArchivedFile[]): Promise<void> => {
    if (deps.signal.aborted) throw new Interrupted();
    if (files.length === 0 && clock.now() < notedAt + noteAfterMs) return;
    if (!(await backend.run('noteArchived', { lease: day.lease, files, leaseMs }))) throw new Interrupted();
    notedAt = clock.now();
  };
  for (let after = ''; ;) {
    const tenants = await backend.run('listArchiveTenants', { after });
    if (tenants.length === 0) return;
    for (const tenant of tenants) {
      after = tenant;
      if (noted.has(tenant)) continue;
      const files = await writeTenant(day, tenant, deps, () => note([]));
      if (files.length > 0) noted.set(tenant, files);
      await note(files);
    }
  }
}

/** The tenant has moved to another database while it was read. */
class Moved extends Error {}

/** The numbers of events are others in another database: a tenant that has moved meanwhile is written from the beginning again. */
async function writeTenant(...of: Parameters<typeof tryTenant>): Promise<readonly ArchivedFile[]> {
  for (;;) {
    try {
      return await tryTenant(...of);
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
    }
  }
}

async function tryTenant(
  day: ArchiveDay,
  tenant: TenantId,
  deps: WriteDeps,
  goOn: () => Promise<void>,
): Promise<readonly ArchivedFile[]> {
  const events = new KindWriter(day, tenant, 'events', deps);
  const deliveries = new KindWriter(day, tenant, 'deliveries', deps);
  const attempts = new KindWriter(day, tenant, 'attempts', deps);
  const writers = { events, deliveries, attempts };
  let place: number | null = null;
  try {
    for (const rows of ['events', 'deliveries'] as const) {
      let position: ArchivePosition | null = null;
      do {
        const page: CommandResult<'readArchive'> = await deps.backend.run('readArchive', {
          day,
          tenant,
          of: rows,
          position,
        });
        place ??= page.place;
        if (page.place !== place) throw new Moved();
        for (const part of page.parts) await writers[part.kind].write(part.rows, part.text);
        position = page.next;
        await goOn();
      } while (position !== null);
    }
    const files: ArchivedFile[] = [];
    for (const writer of [events, deliveries, attempts]) files.push(...(await writer.finish()));
    return files;
  } catch (error) {
    for (const writer of [events, deliveries, attempts]) await writer.discard();
    throw error;
  }
}

/** The files of a tenant of one kind: none, mostly one, and another one behind each that is full. */
class KindWriter {
  readonly #of: { readonly tenant: TenantId; readonly kind: ArchiveKind };
  readonly #folder: string;
  readonly #mark: string;
  readonly #deps: WriteDeps;
  readonly #files: ArchivedFile[] = [];
  #open: { readonly file: GzipFile; readonly path: string; rows: number } | null = null;

  constructor(day: ArchiveDay, tenant: TenantId, kind: ArchiveKind, deps: WriteDeps) {
    this.#of = { tenant, kind };
    this.#folder = `${dateOfDay(day)}/${encodeURIComponent(tenant)}`;
    this.#mark = String(day.lease);
    this.#deps = deps;
  }

  async write(rows: number, text: Uint8Array): Promise<void> {
    if (rows === 0) return;
    const open = (this.#open ??= await this.#create());
    await open.file.write(text);
    open.rows += rows;
    if (open.file.bytes >= (this.#deps.bytesMax ?? fileBytesMax)) await this.#close();
  }

  async finish(): Promise<readonly ArchivedFile[]> {
    await this.#close();
    return this.#files;
  }

  async discard(): Promise<void> {
    await this.#open?.file.discard();
  }

  async #create(): Promise<{ file: GzipFile; path: string; rows: number }> {
    const number = this.#files.length === 0 ? '' : `-${this.#files.length + 1}`;
    const path = `${this.#folder}/${this.#of.kind}${number}.ndjson.gz`;
    return { file: await createGzipFile(this.#deps.place, path, this.#mark), path, rows: 0 };
  }

  async #close(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    const { path, rows, file } = open;
    const { bytes, sha256 } = await file.finish();
    this.#open = null;
    this.#files.push({ ...this.#of, path, rows, bytes, sha256 });
  }
}
