// The manifest of a day: written after its files, so that a day with a manifest is whole.
import { createHash } from 'node:crypto';
import { type ArchivedFile, type ArchiveKind, archiveKinds } from '#core/archive.ts';
import { type ArchivePlace, readText } from './place.ts';

/** Of the rows. Raised when a member of a row changes its meaning; new members may be added. */
export const schemaVersion = 1;

export interface Manifest {
  readonly schema: number;
  /** The UTC day, as `2026-01-31`. */
  readonly day: string;
  readonly rows: Readonly<Record<ArchiveKind, number>>;
  /** Compressed. */
  readonly bytes: number;
  /** In the order of tenants. */
  readonly files: readonly ArchivedFile[];
}

export function makeManifest(day: string, files: readonly ArchivedFile[]): Manifest {
  const sumOf = (of: (file: ArchivedFile) => number): number =>
    files.reduce((sum, file) => sum + of(file), 0);
  const rows = Object.fromEntries(
    archiveKinds.map((kind) => [kind, sumOf((file) => (file.kind === kind ? file.rows : 0))]),
  ) as Manifest['rows'];
  return { schema: schemaVersion, day, rows, bytes: sumOf((file) => file.bytes), files };
}

/** The same for the same files. One file per line, for people. */
export function writeManifest({ files, ...head }: Manifest): string {
  const lines = files.map((file) => `\n    ${JSON.stringify(file)}`);
  return `${JSON.stringify(head).slice(0, -1)},"files":[${lines.join(',')}\n]}\n`;
}

export function manifestPath(day: string): string {
  return `${day}/manifest.json`;
}

/** Null when the day is not in the archive. Throws for one of a newer version, and for one that is damaged. */
export async function readManifest(place: ArchivePlace, day: string): Promise<Manifest | null> {
  const text = await readText(place, manifestPath(day));
  if (text === null) return null;
  const where = `${place.name}: ${manifestPath(day)}`;
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new Error(`${where} is damaged`, { cause });
  }
  if (manifest.schema > schemaVersion) throw new Error(`${where} is of a newer version of Carillon`);
  return manifest;
}

/** Writes a small file as a whole. */
export async function writeText(
  place: ArchivePlace,
  path: string,
  mark: string,
  text: string,
): Promise<void> {
  const file = await place.create(path, mark);
  try {
    await file.write(Buffer.from(text));
    await file.finish(createHash('sha256').update(text).digest('hex'));
  } catch (error) {
    await file.discard();
    throw error;
  }
}
