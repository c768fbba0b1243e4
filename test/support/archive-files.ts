// Reads an archive as anybody may: manifests, checksums, gzip, lines. By nothing that wrote it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type ArchivedRow = Readonly<Record<string, unknown>> & { readonly id: string };

export interface ArchivedRows {
  readonly days: readonly string[];
  readonly events: readonly ArchivedRow[];
  readonly deliveries: readonly ArchivedRow[];
  readonly attempts: readonly ArchivedRow[];
}

interface FileEntry {
  readonly kind: 'events' | 'deliveries' | 'attempts';
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Throws when a file is not what its manifest says, and when there is a file that no manifest of its day names. */
export function readArchiveFiles(root: string): ArchivedRows {
  const found = {
    events: [] as ArchivedRow[],
    deliveries: [] as ArchivedRow[],
    attempts: [] as ArchivedRow[],
  };
  const days = existsSync(root) ? readdirSync(root).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name)) : [];
  const whole = days.toSorted().filter((day) => existsSync(join(root, day, 'manifest.json')));
  for (const day of whole) {
    const manifest = JSON.parse(readFileSync(join(root, day, 'manifest.json'), 'utf8')) as {
      files: readonly FileEntry[];
      rows: Readonly<Record<string, number>>;
    };
    const counted = { events: 0, deliveries: 0, attempts: 0 };
    for (const { kind, path, rows, bytes, sha256 } of manifest.files) {
      const content = readFileSync(join(root, path));
      if (content.length !== bytes) throw new Error(`${path}: ${content.length} bytes`);
      if (createHash('sha256').update(content).digest('hex') !== sha256) throw new Error(`${path}: checksum`);
      const lines = gunzipSync(content).toString('utf8').split('\n');
      if (lines.pop() !== '' || lines.length !== rows) throw new Error(`${path}: ${lines.length} lines`);
      counted[kind] += rows;
      for (const line of lines) found[kind].push({ day, ...(JSON.parse(line) as ArchivedRow) });
    }
    if (JSON.stringify(counted) !== JSON.stringify(manifest.rows)) throw new Error(`${day}: counts`);
    const named = manifest.files.map(({ path }) => path);
    const there = readdirSync(join(root, day), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.gz|partial/.test(name))
      .map((name) => `${day}/${name}`);
    if (there.toSorted().join() !== named.toSorted().join())
      throw new Error(`${day}: other files: ${there.join()}`);
  }
  return { days: whole, ...found };
}
