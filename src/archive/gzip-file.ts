// A compressed file of an archive while it is written: what is given to it is compressed in the thread pool, hashed, and
// written, with as much in memory as the compression needs. The same content gives the same bytes.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchivePlace } from './place.ts';

export interface GzipFile {
  /** Compressed so far; what is in the compressor comes later. */
  readonly bytes: number;
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  discard(): Promise<void>;
}

export async function createGzipFile(place: ArchivePlace, path: string, mark: string): Promise<GzipFile> {
  const file = await place.create(path, mark);
  const gzip = createGzip();
  const hash = createHash('sha256');
  let bytes = 0;
  const written = pipeline(gzip, async (source: AsyncIterable<Uint8Array>) => {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.write(chunk);
    }
  });
  // Whoever writes next, or finishes, is told.
  written.catch(() => {});
  return {
    get bytes() {
      return bytes;
    },
    async write(chunk) {
      if (gzip.destroyed) await written;
      if (!gzip.write(chunk)) await Promise.race([once(gzip, 'drain'), written]);
    },
    async finish() {
      gzip.end();
      await written;
      const sha256 = hash.digest('hex');
      await file.finish(sha256);
      return { bytes, sha256 };
    },
    async discard() {
      gzip.destroy();
      await written.catch(() => {});
      await file.discard();
    },
  };
}
