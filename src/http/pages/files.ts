// The built pages (`web/dist`): static files with strong ETags, compressed once. Names with a hash never change.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { sha256Hex } from '#lib/hmac.ts';

export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  /** Made when it is first asked for. */
  readonly gzipped: () => Promise<Buffer>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Where the build writes: the same folder seen from `src/` and from `dist/`. */
export const pagesFolder = join(import.meta.dirname, '..', '..', '..', 'web', 'dist');

/** Finds a file of the build by its path; null for a folder without a build. A file is read when it is first asked for. */
export function openPages(folder: string): ((path: string) => PageFile | null) | null {
  const names = listFiles(folder);
  if (!names.has('index.html')) return null;
  const files = new Map<string, PageFile>();
  return (path) => {
    const type = types[extname(path)];
    if (type === undefined || !names.has(path)) return null;
    const file = files.get(path) ?? openFile(readFileSync(join(folder, path)), type);
    files.set(path, file);
    return file;
  };
}

function listFiles(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Set();
    throw error;
  }
}

const compress = promisify(gzip);

export function openFile(bytes: Buffer, type: string): PageFile {
  let gzipped: Promise<Buffer> | undefined;
  return {
    type,
    bytes,
    etag: `"${sha256Hex(bytes).slice(0, 32)}"`,
    gzipped: () => (gzipped ??= compress(bytes)),
  };
}
