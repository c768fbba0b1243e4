// The port of a place that keeps an archive: a directory or a bucket. A file is there as a whole, or not at all.
export interface ArchivePlace {
  /** For messages: names no credentials. */
  readonly name: string;
  /** Begins a file. `mark` tells unfinished ones of different writers apart. */
  create(path: string, mark: string): Promise<NewFile>;
  /** Bytes of a file; null when there is none. */
  size(path: string): Promise<number | null>;
  /** Reads a file; null when there is none. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** The folders at the top, in order. */
  listFolders(): Promise<readonly string[]>;
  /** Removes what interrupted writers have left in a folder. */
  tidy(folder: string): Promise<void>;
  /** Throws an Error that says why nothing can be written now. Leaves nothing behind. */
  probe(): Promise<void>;
}

/** A file that is being written. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the file is there under its name, and a power failure does not undo that. `sha256` in hex. */
  finish(sha256: string): Promise<void>;
  /** Gives it up. */
  discard(): Promise<void>;
}

/** The whole text of a small file; null when there is none. */
export async function readText(place: ArchivePlace, path: string): Promise<string | null> {
  const source = await place.read(path);
  if (source === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
