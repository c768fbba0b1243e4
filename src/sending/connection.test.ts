import type { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCertificate } from '../../test/support/certificate.ts';
import { answer, type Behaviour, closeOnReuse, repeat, say, silence } from '../../test/support/hostile.ts';
import { makeSender, post, receive, textOf } from '../../test/support/sender.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('answers that other clients read are answers', () => {
  test.each([
    ['100 Continue, unasked', `HTTP/1.1 100 Continue\r\n\r\n${ok}`],
    ['bare LF', ok.replaceAll('\r\n', '\n')],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
    [
      'a chunk size followed by a space',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\n\r\n',
    ],
    [
      'a length beside chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
  ])('%s', async (_what, bytes) => {
    const receiver = await receive(say(bytes));
    const sender = makeSender();
    for (let i = 0; i < 2; i++) {
      const reply = await sender.send(post(receiver.url));
      expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: false });
      expect(textOf(reply)).toBe('ok');
    }
  });

  test.each([
    ['2 bytes', 'ok'],
    ['70,000 bytes', 'z'.repeat(70_000)],
  ])('a body of %s that is never ended counts by its status', async (_what, body) => {
    const receiver = await receive(say(`HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n${body}`));
    const reply = await makeSender().send(post(receiver.url, { timeoutMs: 150 }));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: true });
    expect(textOf(reply)).toBe(body.slice(0, 8192));
    await receiver.allClosed();
  });
});

describe('what a hostile receiver sends without end is cut at the limits', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  const invalid = { kind: 'failed', error: 'answer_invalid' };
  const cut = { kind: 'answered', status: 200, isCut: true };

  test.each([
    ['a chunk extension', `${chunked}1;`, 'zzzzzzzz', cut],
    ['a chunk size', chunked, '0000', cut],
    ['last chunks that are not the end', chunked, '0\r\n', cut],
    ['last chunks that are', chunked, '0\r\n\r\n', { ...cut, isCut: false }],
    ['a reason phrase', 'HTTP/1.1 200 ', 'zzzzzzzz', invalid],
    ['empty lines', '', '\r\n', invalid],
    ['informational answers', '', 'HTTP/1.1 100 Continue\r\n\r\n', invalid],
  ])('%s', async (_what, start, bytes, expected) => {
    const sockets: Socket[] = [];
    const receiver = await receive((socket, request, count) => {
      sockets.push(socket);
      repeat(start, bytes)(socket, request, count);
    });
    const reply = await makeSender().send(post(receiver.url));
    expect(reply).toMatchObject(expected);
    await receiver.allClosed();
    // More than was read: what lay in the buffers of both sockets.
    expect(sockets[0]?.bytesWritten).toBeLessThan(16 * 2 ** 20);
  });
});

/** Answers the first request on each connection by `first`, the others by `behave`. */
function onReuse(behave: Behaviour, first: Behaviour = say(ok)): Behaviour {
  const used = new WeakSet<Socket>();
  return (socket, request, count) => {
    if (used.has(socket)) behave(socket, request, count);
    else {
      used.add(socket);
      first(socket, request, count);
    }
  };
}

const reset: Behaviour = (socket) => void socket.resetAndDestroy();

describe('stale keep-alive', () => {
  test.each([
    ['ended', closeOnReuse()],
    ['reset', onReuse(reset)],
  ])('a reused connection that is %s before an answer: sent once more at once', async (_how, behave) => {
    const receiver = await receive(behave);
    const sender = makeSender({ connectionsPerOriginMax: 1 });
    for (let i = 0; i < 3; i++) {
      const body = Buffer.from(`${i}`);
      expect(await sender.send(post(receiver.url, { body }))).toMatchObject({
        kind: 'answered',
        status: 200,
      });
    }
    expect(receiver.requests.map(({ body }) => body.toString())).toEqual(['0', '1', '1', '2', '2']);
    expect(receiver.connections()).toBe(3);
  });

  test('requests that wait for the same connection follow in order', async () => {
    const receiver = await receive(closeOnReuse());
    const sender = makeSender({ connectionsPerOriginMax: 1 });
    const bodies = ['0', '1', '2'];
    const replies = await Promise.all(
      bodies.map((body) => sender.send(post(receiver.url, { body: Buffer.from(body) }))),
    );
    expect(replies).toMatchObject(bodies.map(() => ({ status: 200 })));
    expect(receiver.requests.map(({ body }) => body.toString())).toEqual(['0', '1', '1', '2', '2']);
  });

  test('only once: a new connection that is lost too is a lost connection', async () => {
    const receiver = await receive((socket, request, count) =>
      (count === 1 ? say(ok) : reset)(socket, request, count),
    );
    const sender = makeSender();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(await sender.send(post(receiver.url))).toMatchObject({ kind: 'failed', error: 'connection_lost' });
    expect(receiver.requests).toHaveLength(3);
  });

  test('not on a new connection', async () => {
    const receiver = await receive(reset);
    expect(await makeSender().send(post(receiver.url))).toMatchObject({ error: 'connection_lost' });
    expect(receiver.requests).toHaveLength(1);
  });

  test('not when a byte of an answer has come', async () => {
    const receiver = await receive(onReuse(say('H', true)));
    const sender = makeSender();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(await sender.send(post(receiver.url))).toMatchObject({ error: 'connection_lost', status: null });
    expect(receiver.requests).toHaveLength(2);
  });

  test('both together have one deadline', async () => {
    const sockets = new Set<Socket>();
    const receiver = await receive((socket, request, count) => {
      const isFirst = sockets.size === 0;
      const behave = sockets.has(socket) ? reset : isFirst ? say(ok) : silence;
      sockets.add(socket);
      behave(socket, request, count);
    });
    const sender = makeSender();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    const reply = await sender.send(post(receiver.url, { timeoutMs: 150 }));
    expect(reply).toMatchObject({ kind: 'failed', error: 'timeout' });
    expect(reply.durationMs).toBeGreaterThanOrEqual(145);
    expect(reply.durationMs).toBeLessThan(1_000);
    expect(receiver.requests).toHaveLength(3);
  });
});

describe('idle connections', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each([
    ['10 s', {}, 10_000],
    [
      'as the receiver says, less the time that its close takes to arrive',
      { 'keep-alive': 'timeout=5' },
      4_000,
    ],
    ['10 s, also when the receiver keeps it longer', { 'keep-alive': 'timeout=600' }, 10_000],
  ])('are kept for %s', async (_what, headers, ms) => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const receiver = await receive(answer(200, headers));
    const sender = makeSender();
    await sender.send(post(receiver.url));
    vi.advanceTimersByTime(ms - 1);
    await sender.send(post(receiver.url));
    expect(receiver.connections()).toBe(1);
    vi.advanceTimersByTime(ms);
    await sender.send(post(receiver.url));
    expect(receiver.connections()).toBe(2);
    vi.advanceTimersByTime(ms + 1_000);
    // Closed without another request.
    await receiver.allClosed();
  });

  test('one that the receiver keeps for a second only is not kept', async () => {
    const receiver = await receive(answer(200, { 'keep-alive': 'timeout=1' }));
    const sender = makeSender();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    await receiver.allClosed();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(receiver.connections()).toBe(2);
  });

  test('bytes that nothing was asked for close one', async () => {
    const receiver = await receive((socket) => {
      socket.write(ok);
      setTimeout(() => socket.write('HTTP/1.1 299 Stray\r\nContent-Length: 0\r\n\r\n'), 20);
    });
    const sender = makeSender();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    await receiver.allClosed();
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
  });

  test('one whose answer came before the whole request was written is not used again', async () => {
    const receiver = await receive(silence, { greeting: ok });
    const sender = makeSender();
    // More than the socket buffers of loopback hold, so that part of it is still to be written.
    const body = Buffer.alloc(64 * 2 ** 20);
    expect(await sender.send(post(receiver.url, { body }))).toMatchObject({ status: 200 });
    await receiver.allClosed();
  });
});

describe('a receiver that demands a client certificate is named as that', () => {
  const self = createCertificate({ addresses: ['127.0.0.1'] });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', async (version) => {
    const tls = {
      ...self,
      minVersion: version,
      maxVersion: version,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const receiver = await receive(say(ok), { tls });
    const reply = await makeSender({ ca: self.cert }).send(post(receiver.url));
    expect(reply).toMatchObject({
      kind: 'failed',
      error: 'tls_failed',
      message: expect.stringMatching(/demands a client certificate/),
    });
  });

  test('one that has no common cipher is not', async () => {
    const tls = { ...self, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' } as const;
    const receiver = await receive(say(ok), { tls });
    const reply = await makeSender({ ca: self.cert }).send(post(receiver.url));
    expect(reply).toMatchObject({ error: 'tls_failed', message: expect.not.stringMatching(/certificate/) });
  });
});
