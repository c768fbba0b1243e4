// An archive in a bucket of S3, or of a server that speaks its protocol. A file is spooled to the temporary folder, since a
// bucket takes it in one piece that is signed with its checksum: it is there as a whole, or not at all.
import { openAsBlob } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import type { ArchivePlace, NewFile } from './place.ts';

export interface S3Options {
  readonly bucket: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
  readonly region: string;
  /** Null: that of Amazon. */
  readonly endpointUrl: string | null;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A piece of 4 GB at 5 MB/s; and everything else. */
const putMs = 15 * 60_000;
const askMs = 30_000;

interface Bucket {
  readonly name: string;
  readonly prefix: string;
  /** Asks for a key, or with an empty one for the bucket. */
  ask(method: string, key: string, more?: Asked): Promise<Response>;
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob;
  readonly query?: Readonly<Record<string, string>>;
}

export function openS3(options: S3Options): ArchivePlace {
  const bucket = openBucket(options);
  const { name, prefix } = bucket;
  return {
    name,
    create: async (path) => createFile(bucket, path),
    async size(path) {
      const answer = await bucket.ask('HEAD', prefix + path);
      if (answer.status === 404) return null;
      await requireOk(answer, name, path);
      return Number(answer.headers.get('content-length'));
    },
    async read(path) {
      const answer = await bucket.ask('GET', prefix + path);
      if (answer.status === 404) return null;
      await requireOk(answer, name, path);
      return answer.body;
    },
    listFolders: () => listFolders(bucket),
    // What is unfinished is in the temporary folder of its writer.
    tidy: async () => {},
    async probe() {
      const key = `${prefix}probe`;
      const answer = await bucket.ask('PUT', key, { body: new Blob(['probe']) });
      await requireOk(answer, name, 'probe');
      await bucket.ask('DELETE', key);
    },
  };
}

function openBucket(options: S3Options): Bucket {
  const { bucket, prefix, region, endpointUrl, accessKeyId, secretAccessKey, sessionToken } = options;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === '' ? {} : { sessionToken }),
    region,
    service: 's3',
    retries: 0,
  });
  // A certificate of Amazon covers one label before its domain.
  const isPath = endpointUrl !== null || bucket.includes('.');
  const host = endpointUrl ?? `https://${isPath ? '' : `${bucket}.`}s3.${region}.amazonaws.com`;
  const base = isPath ? `${host}/${bucket}` : host;
  return {
    name: `s3://${bucket}/${prefix}`,
    prefix,
    async ask(method, key, { headers = {}, body, query = {} } = {}) {
      const url = new URL(`${base}/${key}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      // The body is not given to be signed: its checksum is, in a header.
      const signed = await client.sign(url.href, {
        method,
        headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
      });
      return fetch(signed.url, {
        method,
        headers: signed.headers,
        redirect: 'error',
        signal: AbortSignal.timeout(body === undefined ? askMs : putMs),
        ...(body === undefined ? {} : { body }),
      });
    },
  };
}

async function createFile(bucket: Bucket, path: string): Promise<NewFile> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-archive-'));
  const spool = join(folder, 'file');
  const file: FileHandle = await open(spool, 'wx', 0o600);
  const discard = async (): Promise<void> => {
    await file.close().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  return {
    write: (bytes) => file.writeFile(bytes),
    async finish(sha256) {
      await file.close();
      await putOnce(bucket, path, await openAsBlob(spool), sha256);
      await discard();
    },
    discard,
  };
}

/** As it is stored with the object, for comparing. */
const checksumHeader = 'x-amz-meta-sha256';

/**
 * Once: another object of this name is an error, unless it is the same. It is looked for before, too, since some servers ignore
 * the condition. Data that an interrupted writer has left is replaced: no manifest names it.
 */
async function putOnce(bucket: Bucket, path: string, body: Blob, sha256: string): Promise<void> {
  const key = bucket.prefix + path;
  // The server compares the first with what it has received.
  const headers = { 'x-amz-content-sha256': sha256, [checksumHeader]: sha256 };
  const put = (more: Readonly<Record<string, string>>): Promise<Response> =>
    bucket.ask('PUT', key, { headers: { ...headers, ...more }, body });
  const isData = path.endsWith('.gz');
  const found = isData ? null : await compare(bucket, key, body.size, sha256);
  if (found === null) {
    const answer = await put({ 'if-none-match': '*' });
    if (answer.status !== 412 && answer.status !== 409) return requireOk(answer, bucket.name, path);
    await answer.body?.cancel();
  }
  if ((found ?? (await compare(bucket, key, body.size, sha256))) === 'same') return;
  if (!isData) throw new Error(`${bucket.name}${path} is there already, with other content`);
  await requireOk(await put({}), bucket.name, path);
}

async function compare(
  bucket: Bucket,
  key: string,
  size: number,
  sha256: string,
): Promise<'same' | 'other' | null> {
  const { status, headers } = await bucket.ask('HEAD', key);
  if (status === 404) return null;
  const isSame = headers.get(checksumHeader) === sha256 && Number(headers.get('content-length')) === size;
  return isSame ? 'same' : 'other';
}

/** A thousand at a time. */
async function listFolders(bucket: Bucket): Promise<readonly string[]> {
  const { prefix, name } = bucket;
  const folders: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const query = {
      'list-type': '2',
      delimiter: '/',
      prefix,
      ...(after === '' ? {} : { 'continuation-token': after }),
    };
    const answer = await bucket.ask('GET', '', { query });
    await requireOk(answer, name, '');
    const text = await answer.text();
    for (const [, folder = ''] of text.matchAll(/<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g)) {
      folders.push(unescapeXml(folder).slice(prefix.length, -1));
    }
    const [, next = null] = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(text) ?? [];
    after = next === null ? null : unescapeXml(next);
  }
  return folders.toSorted();
}

function unescapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? '');
}

/** Throws with the code of S3, such as `AccessDenied`. */
async function requireOk(answer: Response, name: string, path: string): Promise<void> {
  if (answer.ok) return;
  const [, code = answer.statusText] = /<Code>(\w+)<\/Code>/.exec(await answer.text()) ?? [];
  throw new Error(`${name}${path}: ${answer.status} ${code}`);
}
