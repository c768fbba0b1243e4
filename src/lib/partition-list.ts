// The text of CARILLON_PARTITIONS: `name=postgres://…`, separated by commas or white space. A URL may have commas of its own, between
// several hosts: what separates is followed by a name.

/** Beside the first one: a byte of the slot map names a partition. */
const partitionsMax = 63;

export interface NamedUrl {
  readonly name: string;
  readonly url: string;
}

/** `checkUrl` throws an error that says what is wrong, and has no part of the URL. */
export function readPartitionList(text: string, checkUrl: (url: string) => unknown): readonly NamedUrl[] {
  const parts = text.split(/[\s,]+(?=[^\s,=/]+=)/).filter((part) => part !== '');
  const partitions = parts.map((part) => readNamed(part.replace(/[\s,]+$/, ''), checkUrl));
  const names = partitions.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`must name each partition once; "${twice}" is there twice`);
  if (partitions.length > partitionsMax) throw new Error(`must name at most ${partitionsMax} partitions`);
  return partitions;
}

function readNamed(part: string, checkUrl: (url: string) => unknown): NamedUrl {
  const [, name, url] = /^([a-z][a-z0-9-]{0,30})=(postgres(?:ql)?:\/\/\S+)$/.exec(part) ?? [];
  if (name === undefined || url === undefined) {
    throw new Error(
      'must be name=postgres://user:password@host:5432/database, separated by commas; names have a-z, 0-9 and -',
    );
  }
  if (name === 'directory') {
    throw new Error('must not name a partition "directory": that is the database of DATABASE_URL');
  }
  try {
    checkUrl(url);
  } catch (error) {
    throw new Error(`of ${name} ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return { name, url };
}
