// An archive in a bucket: against a server of S3 where `S3_TEST_URL` names one, with its keys, and always against one that
// checks signatures by itself.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteReads, openSqliteStore } from '#store/sqlite/index.ts';
import { firstPage, live, openWorld, result, start } from '../../test/contracts/store-world.ts';
import { createArchiveWorld, retentionMs } from '../../test/support/archive-world.ts';
import { searchArchive, verifyArchive } from './read.ts';
import { readText } from './place.ts';
import { openS3, type S3Options } from './s3.ts';

const day = 86_400_000;

const keys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret-of-the-test', sessionToken: '' };

interface Bucket {
  readonly options: S3Options;
  readonly objects: Map<string, { readonly body: Buffer; readonly sha256: string }>;
  /** What the next request is answered with, instead of what it asks for. */
  fail: { status: number; code: string } | null;
}

/** As AWS describes version 4, in other words than the library that signs. */
function signatureOf(request: IncomingMessage, signedHeaders: string, scope: string): string {
  const url = new URL(request.url ?? '', 'http://bucket');
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted();
  const headers = signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [
    request.method,
    url.pathname,
    query.join('&'),
    headers.join(''),
    signedHeaders,
    request.headers['x-amz-content-sha256'],
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash].join('\n');
  const derive = (key: string | Buffer, part: string): Buffer =>
    createHmac('sha256', key).update(part).digest();
  const key = scope.split('/').reduce<string | Buffer>(derive, `AWS4${keys.secretAccessKey}`);
  return createHmac('sha256', key).update(text).digest('hex');
}

function isSigned(request: IncomingMessage): boolean {
  const [, id, scope = '', signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      request.headers.authorization ?? '',
    ) ?? [];
  return id === keys.accessKeyId && signature === signatureOf(request, signed, scope);
}

async function startBucket(): Promise<Bucket> {
  const objects: Bucket['objects'] = new Map();
  const answer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const refuse = (status: number, code: string): void => {
      response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
    };
    const url = new URL(request.url ?? '', 'http://bucket');
    const key = url.pathname.replace(/^\/records\//, '');
    const found = objects.get(key);
    if (bucket.fail !== null) {
      const { status, code } = bucket.fail;
      bucket.fail = null;
      return refuse(status, code);
    }
    if (!isSigned(request)) return refuse(403, 'SignatureDoesNotMatch');
    if (request.method === 'PUT') {
      const sum = createHash('sha256').update(body).digest('hex');
      const given = request.headers['x-amz-content-sha256'];
      if (given !== 'UNSIGNED-PAYLOAD' && given !== sum) return refuse(400, 'XAmzContentSHA256Mismatch');
      if (request.headers['if-none-match'] === '*' && found !== undefined)
        return refuse(412, 'PreconditionFailed');
      objects.set(key, { body, sha256: String(request.headers['x-amz-meta-sha256']) });
      response.writeHead(200).end();
    } else if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (url.searchParams.get('list-type') === '2') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const names = [...objects.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length));
      const folders = [
        ...new Set(
          names.filter((name) => name.includes('/')).map((name) => `${prefix}${name.split('/')[0]}/`),
        ),
      ].toSorted();
      // A page has one folder.
      const from = Number(url.searchParams.get('continuation-token') ?? 0);
      const one = folders
        .slice(from, from + 1)
        .map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
      const next =
        from + 1 < folders.length ? `<NextContinuationToken>${from + 1}</NextContinuationToken>` : '';
      response.writeHead(200).end(`<ListBucketResult>${one.join('')}${next}</ListBucketResult>`);
    } else if (found === undefined) refuse(404, 'NoSuchKey');
    else {
      response.writeHead(200, { 'content-length': found.body.length, 'x-amz-meta-sha256': found.sha256 });
      response.end(request.method === 'HEAD' ? undefined : found.body);
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const bucket: Bucket = {
    objects,
    fail: null,
    options: {
      ...keys,
      bucket: 'records',
      prefix: 'carillon/',
      region: 'eu-central-1',
      endpointUrl: `http://127.0.0.1:${port}`,
    },
  };
  return bucket;
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

async function put(options: S3Options, path: string, text: string, sha256 = sha256Of(text)): Promise<void> {
  const file = await openS3(options).create(path, '1');
  try {
    await file.write(Buffer.from(text.slice(0, 3)));
    await file.write(Buffer.from(text.slice(3)));
    await file.finish(sha256);
  } finally {
    await file.discard();
  }
}

/** A server where there is one, and the one of this test. */
async function eachBucket(): Promise<S3Options[]> {
  const url = process.env['S3_TEST_URL'];
  const own = (await startBucket()).options;
  if (url === undefined) return [own];
  const [accessKeyId = '', secretAccessKey = '', bucket = ''] = (process.env['S3_TEST_KEYS'] ?? '').split(
    ',',
  );
  const prefix = `test-${process.pid}-${createHash('sha256').update(String(performance.now())).digest('hex').slice(0, 8)}/`;
  return [
    own,
    { ...own, endpointUrl: url, accessKeyId, secretAccessKey, bucket, prefix, region: 'us-east-1' },
  ];
}

test('a file is there as a whole after it is finished, and is read', async () => {
  for (const options of await eachBucket()) {
    const place = openS3(options);
    expect(await place.size('2026-01-01/acme/events.ndjson.gz')).toBeNull();
    expect(await place.read('2026-01-01/acme/events.ndjson.gz')).toBeNull();
    const file = await place.create('2026-01-01/acme/events.ndjson.gz', '1');
    await file.write(Buffer.from('a text'));
    expect(await place.size('2026-01-01/acme/events.ndjson.gz')).toBeNull();
    await file.finish(sha256Of('a text'));
    expect(await place.size('2026-01-01/acme/events.ndjson.gz')).toBe(6);
    expect(await readText(place, '2026-01-01/acme/events.ndjson.gz')).toBe('a text');
    await put(options, '2026-01-02/manifest.json', '{}');
    await put(options, 'archive.json', '{}');
    expect(await place.listFolders()).toEqual(['2026-01-01', '2026-01-02']);
    await place.probe();
    expect(await place.size('probe')).toBeNull();
  }
});

test('a manifest is written once; data that no manifest names is replaced', async () => {
  for (const options of await eachBucket()) {
    await put(options, '2026-01-01/manifest.json', '{"a":1}');
    await put(options, '2026-01-01/manifest.json', '{"a":1}');
    await expect(put(options, '2026-01-01/manifest.json', '{"a":2}')).rejects.toThrow('with other content');
    await put(options, '2026-01-01/acme/events.ndjson.gz', 'one');
    await put(options, '2026-01-01/acme/events.ndjson.gz', 'another');
    expect(await readText(openS3(options), '2026-01-01/acme/events.ndjson.gz')).toBe('another');
  }
});

test('a checksum that is not that of the content is refused, and so are wrong keys', async () => {
  for (const options of await eachBucket()) {
    await expect(put(options, '2026-01-01/a.gz', 'text', sha256Of('other'))).rejects.toThrow(
      /400 XAmzContentSHA256Mismatch/,
    );
    const wrong = { ...options, secretAccessKey: 'wrong-secret-key' };
    await expect(put(wrong, '2026-01-01/a.gz', 'text')).rejects.toThrow(/403 SignatureDoesNotMatch/);
    await expect(openS3(wrong).listFolders()).rejects.toThrow(/403/);
    expect(await openS3(options).size('2026-01-01/a.gz')).toBeNull();
  }
});

test('ended days are written into a bucket, whatever it answers at first, and are read there', async () => {
  const bucket = await startBucket();
  const place = openS3(bucket.options);
  const folder = mkdtempSync(join(tmpdir(), 'carillon-s3-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'carillon.db');
  const world = await openWorld(async ({ ids, now }) => {
    const store = await openSqliteStore({ path, ids, now });
    return {
      store,
      close: () => store.close(),
      reopen: () => Promise.reject(new Error('not here')),
      openReads: (bounds) => openSqliteReads(path, bounds),
    };
  });
  const tenant = await world.tenant('acme');
  await world.endpoint(tenant);
  for (const at of [start, start + day]) {
    const { claims } = await world.publish([world.draft(tenant, { id: `e${at}` })], at, 9);
    await world.record(
      claims.map((claim) => result(claim, 'accepted', at)),
      at,
    );
  }
  const { archive, expire } = createArchiveWorld(world, place);
  bucket.fail = { status: 503, code: 'SlowDown' };
  await expect(archive(start + day + retentionMs)).rejects.toThrow('503 SlowDown');
  await expire(start + 2 * day + retentionMs);
  expect((await world.store.events.list(live(tenant), firstPage)).items).toEqual([]);
  expect(await verifyArchive(place, () => {})).toMatchObject({ days: 2, files: 6, rows: 6, problems: [] });
  const found: string[] = [];
  for await (const { kind, row } of searchArchive(place, {
    kinds: ['events', 'attempts'],
    event: `e${start}`,
  })) {
    found.push(`${kind} ${row.tenant}`);
  }
  expect(found).toEqual(['attempts acme', 'events acme']);
  const key = 'carillon/2026-01-01/acme/events.ndjson.gz';
  bucket.objects.set(key, { body: Buffer.from('other'), sha256: '' });
  expect((await verifyArchive(place, () => {})).problems).toEqual([
    `s3://records/carillon/: ${key.slice('carillon/'.length)} is damaged`,
  ]);
});

test('an error of the server names the bucket, the file and the code, and no key', async () => {
  const bucket = await startBucket();
  bucket.fail = { status: 503, code: 'SlowDown' };
  await expect(put(bucket.options, '2026-01-01/a.gz', 'text')).rejects.toThrow(
    's3://records/carillon/2026-01-01/a.gz: 503 SlowDown',
  );
  expect([...bucket.objects]).toEqual([]);
});

test.skipIf(process.env['S3_TEST_URL'] === undefined)(
  'a server of S3 was asked, too (S3_TEST_URL names one)',
  async () => {
    expect(await eachBucket()).toHaveLength(2);
  },
);
