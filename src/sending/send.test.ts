import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createCertificate } from '../../test/support/certificate.ts';
import {
  answer,
  dripBody,
  dripHeaders,
  longBody,
  repeat,
  resetAtOnce,
  resetInBody,
  say,
  silence,
  startReceiver,
} from '../../test/support/hostile.ts';
import { always, makeSender, post, receive, textOf } from '../../test/support/sender.ts';
import { createAddressRules } from './address.ts';
import { createSender } from './send.ts';

async function neverFound(): Promise<never> {
  throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
}

describe('a whole exchange', () => {
  test('sends the payload as it is and answers with status, headers and body', async () => {
    const receiver = await receive(answer(201, { 'X-Id': 'abc', 'content-type': 'text/plain' }, 'taken'));
    const reply = await makeSender().send(post(`${receiver.url}hook?x=1&y=%20`));
    expect(reply).toMatchObject({ kind: 'answered', status: 201, isCut: false });
    expect(reply).toMatchObject({
      headers: { 'x-id': 'abc', 'content-type': 'text/plain', 'content-length': '5' },
    });
    expect(textOf(reply)).toBe('taken');
    expect(reply.durationMs).toBeGreaterThanOrEqual(0);
    const [request] = receiver.requests;
    expect(request?.body.toString()).toBe('{"a":1}');
    expect(request?.head.split('\r\n')).toEqual([
      'POST /hook?x=1&y=%20 HTTP/1.1',
      `Host: 127.0.0.1:${receiver.port}`,
      'User-Agent: Carillon/test',
      'Accept: */*',
      'Accept-Encoding: identity',
      'content-type: application/json',
      'Content-Length: 7',
    ]);
  });

  test('header names leave in the spelling they are given in', async () => {
    const receiver = await receive(answer(200));
    const headers = { 'X-Signature': 'a', Key: 'b', sIGN: 'c', 'webhook-id': 'd\u00e9' };
    expect(await makeSender().send(post(receiver.url, { headers }))).toMatchObject({ status: 200 });
    const lines = receiver.requests[0]?.head.split('\r\n') ?? [];
    expect(lines.slice(5, 9)).toEqual(['X-Signature: a', 'Key: b', 'sIGN: c', 'webhook-id: d\u00e9']);
  });

  test('joins repeated headers, also those named like members of objects', async () => {
    const receiver = await receive(
      say(
        'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n' +
          '__proto__: p\r\nconstructor: c\r\ncontent-length: 0\r\n\r\n',
      ),
    );
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ status: 200, headers: { 'set-cookie': 'a=1, b=2', constructor: 'c' } });
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  test('leaves out headers that belong to the connection', async () => {
    const receiver = await receive(answer(200));
    const headers = {
      Host: 'elsewhere.example',
      'Content-Length': '1',
      Connection: 'close',
      'User-Agent': 'other',
    };
    expect(await makeSender().send(post(receiver.url, { headers }))).toMatchObject({ status: 200 });
    const head = receiver.requests[0]?.head ?? '';
    expect(head).toContain(`Host: 127.0.0.1:${receiver.port}\r\n`);
    expect(head).not.toMatch(/elsewhere|other|close/);
  });

  test.each([
    { 'x-a': 'b\r\nx-injected: yes' },
    { 'x-a': 'b\nx-injected: yes' },
    { 'x-a': 'b\0' },
    { 'x-a': 'beyond latin1: \u20ac' },
    { 'x-a: b\r\nx-injected': 'yes' },
    { 'x a': 'b' },
    { '': 'b' },
  ])('a header that would split the request is refused: %j', async (headers: Record<string, string>) => {
    const receiver = await receive(answer(200));
    const reply = await makeSender().send(post(receiver.url, { headers }));
    expect(reply).toMatchObject({ kind: 'failed', error: 'request_failed', status: null });
    expect(receiver.requests).toEqual([]);
  });

  test('an empty payload is sent with its length', async () => {
    const receiver = await receive(answer(200));
    expect(await makeSender().send(post(receiver.url, { body: new Uint8Array(0) }))).toMatchObject({
      status: 200,
    });
    expect(receiver.requests[0]?.head).toContain('Content-Length: 0');
  });

  test('a payload that is a window on a larger buffer is sent as the window', async () => {
    const receiver = await receive(answer(200));
    const body = new Uint8Array(Buffer.from('secret{"a":1}secret')).subarray(6, 13);
    await makeSender().send(post(receiver.url, { body }));
    expect(receiver.requests[0]?.body.toString()).toBe('{"a":1}');
  });

  test('204 has no body', async () => {
    const receiver = await receive(answer(204));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 204, isCut: false });
    expect(textOf(reply)).toBe('');
  });

  test('early hints are ignored and the answer after them counts', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const receiver = await receive(say(`${hints}${hints}HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n`));
    expect(await makeSender().send(post(receiver.url))).toMatchObject({
      kind: 'answered',
      status: 202,
      headers: { 'content-length': '0' },
    });
  });

  test('an answer that ends with the connection is whole', async () => {
    const receiver = await receive(say('HTTP/1.1 200 OK\r\n\r\nuntil the end', true));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: false });
    expect(textOf(reply)).toBe('until the end');
  });

  test('a compressed answer is kept as it came, never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
    const receiver = await receive(say(Buffer.concat([Buffer.from(head), bomb])));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: false });
    expect(reply.kind === 'answered' && Buffer.from(reply.body).equals(bomb.subarray(0, 8192))).toBe(true);
  });

  test('proxies in the environment are not used', async () => {
    const proxy = await receive(answer(502));
    const receiver = await receive(answer(200));
    const names = [
      'HTTP_PROXY',
      'http_proxy',
      'HTTPS_PROXY',
      'https_proxy',
      'ALL_PROXY',
      'NODE_USE_ENV_PROXY',
    ];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy.url;
    try {
      expect(await makeSender().send(post(receiver.url))).toMatchObject({ status: 200 });
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
    }
    expect(proxy.connections()).toBe(0);
  });
});

describe('an answer too long', () => {
  test('a 1 GiB response is cut after 64 KiB, and the connection with it', async () => {
    const sent = { bytes: 0 };
    const receiver = await receive(longBody(2 ** 30, sent));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: true });
    expect(textOf(reply)).toBe('z'.repeat(8192));
    await receiver.allClosed();
    // The rest of what left lay in socket buffers.
    expect(sent.bytes).toBeLessThan(64 * 2 ** 20);
  });

  test('a response that never ends, in chunks without a length, is cut too', async () => {
    const sent = { bytes: 0 };
    const receiver = await receive(longBody(Infinity, sent, true));
    expect(await makeSender().send(post(receiver.url))).toMatchObject({ status: 200, isCut: true });
    await receiver.allClosed();
  });

  test('64 KiB exactly are whole, one byte more is cut', async () => {
    const whole = await receive(answer(200, {}, 'z'.repeat(65_536)));
    const more = await receive(answer(200, {}, 'z'.repeat(65_537)));
    const sender = makeSender();
    expect(await sender.send(post(whole.url))).toMatchObject({ isCut: false });
    expect(await sender.send(post(more.url))).toMatchObject({ isCut: true });
  });

  test('the first 8 KiB are kept, in the order they came in', async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `${i},`).join('');
    const chunks = text.match(/.{1,700}/g) ?? [];
    const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const receiver = await receive(
      say(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${framed}0\r\n\r\n`),
    );
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ isCut: false });
    expect(textOf(reply)).toBe(text.slice(0, 8192));
  });

  test('headers beyond 16 KiB are an invalid answer', async () => {
    const receiver = await receive(answer(200, { 'x-long': 'z'.repeat(20_000) }));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({
      kind: 'failed',
      error: 'answer_invalid',
      message: expect.stringMatching(/headers/),
    });
    await receiver.allClosed();
  });

  test('early hints without end are an invalid answer', async () => {
    const receiver = await receive(repeat('', 'HTTP/1.1 103 Early Hints\r\n\r\n'));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'answer_invalid', status: null });
    await receiver.allClosed();
  });
});

describe('the deadline', () => {
  const timeoutMs = 150;

  test('a response that never comes', async () => {
    const receiver = await receive(silence);
    const reply = await makeSender().send(post(receiver.url, { timeoutMs }));
    expect(reply).toMatchObject({ kind: 'failed', error: 'timeout', status: null });
    expect(reply.durationMs).toBeGreaterThanOrEqual(timeoutMs - 5);
    expect(reply.durationMs).toBeLessThan(timeoutMs + 1_000);
    await receiver.allClosed();
  });

  test('a response whose headers drip', async () => {
    const receiver = await receive(dripHeaders(10));
    const reply = await makeSender().send(post(receiver.url, { timeoutMs }));
    expect(reply).toMatchObject({ kind: 'failed', error: 'timeout', status: null });
    await receiver.allClosed();
  });

  test('a response whose body drips counts by its status', async () => {
    const receiver = await receive(dripBody(10));
    const reply = await makeSender().send(post(receiver.url, { timeoutMs }));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: true });
    expect(textOf(reply)).toMatch(/^z+$/);
    expect(reply.durationMs).toBeGreaterThanOrEqual(timeoutMs - 5);
    await receiver.allClosed();
  });

  test('covers the lookup of the name', async () => {
    const sender = makeSender({ resolve: () => new Promise(() => {}) });
    const reply = await sender.send(post('http://receiver.example/', { timeoutMs }));
    expect(reply).toMatchObject({ kind: 'failed', error: 'timeout', status: null });
  });

  test('covers a TLS handshake that is not answered', async () => {
    const mute = await receive(silence);
    const reply = await makeSender().send(post(mute.url.replace('http:', 'https:'), { timeoutMs }));
    expect(reply).toMatchObject({ kind: 'failed', error: 'timeout', status: null });
  });

  test('covers the wait for a free connection, and such a request is never sent', async () => {
    const sockets: Socket[] = [];
    const receiver = await receive((socket, request, count) => {
      sockets.push(socket);
      if (count > 1) answer(200)(socket, request, count);
    });
    const sender = makeSender({ connectionsPerOriginMax: 1 });
    const first = sender.send(post(receiver.url, { body: Buffer.from('first') }));
    const second = await sender.trySend(post(receiver.url, { timeoutMs: 100, body: Buffer.from('second') }));
    expect(second).toEqual({ kind: 'unsent', shortage: 'time', code: 'TIMEOUT' });
    sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    expect(await first).toMatchObject({ status: 200 });
    expect(await sender.send(post(receiver.url, { body: Buffer.from('third') }))).toMatchObject({
      status: 200,
    });
    expect(receiver.requests.map(({ body }) => body.toString())).toEqual(['first', 'third']);
    expect(receiver.connections()).toBe(1);
  });
});

describe('a broken answer', () => {
  test('a reset in the body is a lost connection, with the status', async () => {
    const receiver = await receive(resetInBody);
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'connection_lost', status: 200 });
  });

  test('a reset instead of an answer', async () => {
    const receiver = await receive(resetAtOnce);
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'connection_lost', status: null });
  });

  test.each([
    ['in the headers', 'HTTP/1.1 200 OK\r\nx-a: b'],
    ['in a body with length', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
    [
      'in a body with length on a closing connection',
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\na',
    ],
    ['in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'],
    [
      'before the last chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nab\r\n',
    ],
    ['before a byte of it', ''],
  ])('an answer that ends %s', async (_where, bytes) => {
    const receiver = await receive(say(bytes, true));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'connection_lost' });
  });

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['binary rubbish', '\u0000\u0001\u0002\u0003\r\n\r\n'],
    ['a bad status line', 'HTTP/1.1 two hundred OK\r\n\r\n'],
    ['a bad header', 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['a bad chunk size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nab\r\n'],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a null character in a header', 'HTTP/1.1 200 OK\r\nx-a: b\0\r\n\r\n'],
    ['a chunk longer than it says', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n'],
  ])('%s is not an HTTP answer', async (_what, bytes) => {
    const receiver = await receive(say(bytes));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'answer_invalid' });
    await receiver.allClosed();
  });

  test('a second answer on the same connection is not taken for that of the next request', async () => {
    const stray = 'HTTP/1.1 299 Stray\r\ncontent-length: 0\r\n\r\n';
    const receiver = await receive((socket, request, count) =>
      (count === 1 ? say(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n${stray}`) : answer(202))(
        socket,
        request,
        count,
      ),
    );
    const sender = makeSender({ connectionsPerOriginMax: 1 });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 202 });
  });
});

describe('connections', () => {
  test('a port without a listener: connection refused', async () => {
    const receiver = await startReceiver(silence);
    await receiver.close();
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'connection_refused', status: null });
  });

  test('a connection is used again', async () => {
    const receiver = await receive(answer(200));
    const sender = makeSender({ connectionsPerOriginMax: 1 });
    for (let i = 0; i < 5; i++) expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(receiver.connections()).toBe(1);
  });

  test('no more connections per origin than allowed', async () => {
    const receiver = await receive(answer(200));
    const sender = makeSender({ connectionsPerOriginMax: 3 });
    const replies = await Promise.all(Array.from({ length: 50 }, () => sender.send(post(receiver.url))));
    expect(replies.every((reply) => reply.kind === 'answered')).toBe(true);
    expect(receiver.connections()).toBe(3);
  });

  test('a connection that was closed while idle is replaced', async () => {
    const receiver = await receive((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    const sender = makeSender({ connectionsPerOriginMax: 1 });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    await receiver.allClosed();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(receiver.connections()).toBe(2);
  });

  test('above the bound on open sockets, none is kept', async () => {
    const receiver = await receive(answer(200));
    const sender = makeSender({ socketsKeptMax: -1 });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(receiver.requests[0]?.head).toContain('Connection: close');
    await receiver.allClosed();
  });

  test('close ends what is still running', async () => {
    const receiver = await receive(silence);
    const sender = createSender({
      rules: createAddressRules(['127.0.0.1/32']),
      userAgent: 'Carillon/test',
      connectionsPerOriginMax: 1,
    });
    const running = [sender.send(post(receiver.url)), sender.send(post(receiver.url))];
    await sender.close();
    for (const reply of await Promise.all(running)) expect(reply).toMatchObject({ error: 'request_failed' });
    expect(await sender.send(post(receiver.url))).toMatchObject({ error: 'request_failed' });
    await receiver.allClosed();
  });
});

describe('redirects', () => {
  test('a redirect is answered with its status and not followed', async () => {
    const target = await receive(answer(200), { host: '127.0.0.2' });
    const receiver = await receive(answer(307, { location: target.url }));
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 307, headers: { location: target.url } });
    expect(target.connections()).toBe(0);
  });
});

describe('TLS', () => {
  const self = createCertificate({ addresses: ['127.0.0.1'], names: ['receiver.example'] });

  test('a certificate that is trusted and names the host is accepted', async () => {
    const receiver = await receive(answer(200), { tls: self });
    const sender = makeSender({ ca: self.cert, resolve: always('127.0.0.1') });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    const byName = await sender.send(post(`https://receiver.example:${receiver.port}/`));
    expect(byName).toMatchObject({ status: 200 });
  });

  test('a certificate of no trusted authority', async () => {
    const receiver = await receive(answer(200), { tls: self });
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'tls_failed', status: null });
    expect(receiver.requests).toEqual([]);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED changes nothing', async () => {
    const receiver = await receive(answer(200), { tls: self });
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await makeSender().send(post(receiver.url))).toMatchObject({ error: 'tls_failed' });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a certificate for another host, each time (%s)',
    async (version) => {
      const tls = { ...self, minVersion: version, maxVersion: version };
      const receiver = await receive(answer(200), { tls });
      const sender = makeSender({ ca: self.cert, resolve: always('127.0.0.1') });
      const url = `https://other.example:${receiver.port}/`;
      // Several times: a resumed TLS session would skip the check of the name.
      for (let i = 0; i < 3; i++) expect(await sender.send(post(url))).toMatchObject({ error: 'tls_failed' });
      expect(receiver.requests).toEqual([]);
    },
  );

  test('a certificate that has expired', async () => {
    const old = createCertificate({ addresses: ['127.0.0.1'], validUntil: Date.UTC(2021, 0, 1) });
    const receiver = await receive(answer(200), { tls: old });
    expect(await makeSender({ ca: old.cert }).send(post(receiver.url))).toMatchObject({
      error: 'tls_failed',
    });
  });

  test('a server that speaks plain HTTP', async () => {
    const plain = await receive(silence, { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
    const reply = await makeSender().send(post(plain.url.replace('http:', 'https:')));
    expect(reply).toMatchObject({ kind: 'failed', error: 'tls_failed' });
  });
});

describe('addresses', () => {
  const refused = { kind: 'failed', error: 'address_refused', status: null };

  test('a private address by literal', async () => {
    const receiver = await receive(answer(200));
    const sender = makeSender({ allow: [] });
    expect(await sender.send(post(`https://127.0.0.1:${receiver.port}/`))).toMatchObject(refused);
    expect(await sender.send(post(receiver.url))).toMatchObject(refused);
    expect(receiver.connections()).toBe(0);
  });

  test('a private address by name', async () => {
    const sender = makeSender({ allow: [], resolve: always('127.0.0.1') });
    const reply = await sender.send(post('https://receiver.example/'));
    expect(reply).toMatchObject(refused);
    // What a private name resolves to is not for the endpoint's owner to read.
    expect(reply).toMatchObject({ message: expect.not.stringContaining('127') });
    expect(reply).toMatchObject({ message: expect.stringContaining('CARILLON_ALLOW_TARGETS') });
  });

  test('a private address by a name that changes its answer: what was checked is what is dialled', async () => {
    const good = await receive((socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    const inner = await receive(answer(200), { host: '127.0.0.2', port: good.port });
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.2'];
    let lookups = 0;
    const resolve = async () => [{ address: answers[lookups++] ?? '', family: 4 }];
    const sender = makeSender({ allow: ['127.0.0.1/32'], resolve });
    const url = `http://receiver.example:${good.port}/`;
    expect(await sender.send(post(url))).toMatchObject({ status: 200 });
    // One lookup for check and connection together.
    expect(lookups).toBe(1);
    await good.allClosed();
    expect(await sender.send(post(url))).toMatchObject(refused);
    expect(inner.connections()).toBe(0);
  });

  test('of many addresses only acceptable ones are dialled', async () => {
    const good = await receive(answer(200));
    const inner = await receive(answer(200), { host: '127.0.0.2', port: good.port });
    const sender = makeSender({ allow: ['127.0.0.1/32'], resolve: always('127.0.0.2', '127.0.0.1') });
    expect(await sender.send(post(`http://receiver.example:${good.port}/`))).toMatchObject({ status: 200 });
    expect(inner.connections()).toBe(0);
  });

  test.each([
    ['mapped', '[::ffff:127.0.0.1]'],
    ['compatible', '[::127.0.0.1]'],
    ['NAT64', '[64:ff9b::127.0.0.1]'],
    ['6to4', '[2002:7f00:1::]'],
  ])('an IPv4 address in IPv6: %s', async (_form, host) => {
    expect(await makeSender({ allow: [] }).send(post(`https://${host}/`))).toMatchObject(refused);
    const address = host.slice(1, -1);
    const byName = makeSender({ allow: [], resolve: always(address) });
    expect(await byName.send(post('https://receiver.example/'))).toMatchObject(refused);
  });

  test('a name that does not exist', async () => {
    const reply = await makeSender({ resolve: neverFound }).send(post('https://receiver.example/'));
    expect(reply).toMatchObject({ kind: 'failed', error: 'name_not_found', status: null });
  });

  test('a name without addresses', async () => {
    const reply = await makeSender({ resolve: always() }).send(post('https://receiver.example/'));
    expect(reply).toMatchObject({ kind: 'failed', error: 'name_not_found' });
  });

  test('the resolver of the machine knows localhost', async () => {
    const receiver = await receive(answer(200));
    const reply = await makeSender().send(post(`http://localhost:${receiver.port}/`));
    expect(reply).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('public addresses by http are refused at once, with the settings that would allow it', async () => {
    const sender = makeSender({ resolve: always('93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946') });
    const reply = await sender.send(post('http://receiver.example/'));
    expect(reply).toMatchObject(refused);
    expect(reply).toMatchObject({
      message: expect.stringMatching(
        /https on port 443 or 8443 only.*CARILLON_ALLOW_PORTS.*CARILLON_ALLOW_TARGETS/,
      ),
    });
  });

  test('what is no URL at all', async () => {
    expect(await makeSender().send(post('not a URL'))).toMatchObject(refused);
  });

  test('more URLs than are remembered', async () => {
    const receiver = await receive(answer(200));
    const sender = makeSender({ allow: ['127.0.0.0/8'] });
    for (let i = 0; i < 5_000; i++) await sender.send(post(`https://10.0.0.1/${i}`));
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
  });
});
