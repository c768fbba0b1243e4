// Requests through an egress proxy, at real sockets.
import { afterEach, describe, expect, test } from 'vitest';
import { createCertificate } from '../../test/support/certificate.ts';
import {
  type EgressProxyOptions,
  type EgressProxyServer,
  startEgressProxy,
} from '../../test/support/egress-proxy.ts';
import { answer, say, silence } from '../../test/support/hostile.ts';
import { always, makeSender, post, receive } from '../../test/support/sender.ts';
import { createConnectionTerms } from './connection-terms.ts';
import { type EgressConfig, readProxies, readProxy } from './egress.ts';

const proxies: EgressProxyServer[] = [];

afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

async function startProxy(options?: EgressProxyOptions): Promise<EgressProxyServer> {
  const proxy = await startEgressProxy(options);
  proxies.push(proxy);
  return proxy;
}

const through = (url: string, more: Partial<EgressConfig> = {}): { readonly egress: EgressConfig } => ({
  egress: { proxy: readProxy(url), proxies: [], exempt: [], ...more },
});

const self = createCertificate({ addresses: ['127.0.0.1'], names: ['receiver.example'] });
const resolve = always('127.0.0.1');

describe('a request', () => {
  test('by http leaves through CONNECT too, and the proxy is asked for the address', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(201, {}, 'taken'));
    const sender = makeSender({ ...through(proxy.url), resolve });
    const reply = await sender.send(post(`http://receiver.example:${receiver.port}/hook`));
    expect(reply).toMatchObject({ kind: 'answered', status: 201 });
    expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`]);
    expect(proxy.heads[0]).toBe(
      `CONNECT 127.0.0.1:${receiver.port} HTTP/1.1\r\nHost: 127.0.0.1:${receiver.port}\r\nUser-Agent: Carillon/test\r\n\r\n`,
    );
    const head = receiver.requests[0]?.head ?? '';
    expect(head).toContain(`POST /hook HTTP/1.1\r\nHost: receiver.example:${receiver.port}\r\n`);
    expect(head).not.toMatch(/proxy/i);
  });

  test.each([
    ['an http proxy', undefined],
    ['an https proxy', self],
  ])('by https through %s: the certificate is verified for the name in the URL', async (_what, tls) => {
    const proxy = await startProxy(tls === undefined ? {} : { tls });
    const receiver = await receive(answer(200), { tls: self });
    const sender = makeSender({ ...through(proxy.url), ca: self.cert, resolve });
    const url = `https://receiver.example:${receiver.port}/`;
    expect(await sender.send(post(url))).toMatchObject({ status: 200 });
    const other = await sender.send(post(`https://other.example:${receiver.port}/`));
    expect(other).toMatchObject({ error: 'tls_failed', message: expect.stringMatching(/another host name/) });
    expect(proxy.asked).toHaveLength(2);
    expect(receiver.requests).toHaveLength(1);
  });

  test('reuses its connection: one CONNECT for many requests, one for many at once each', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(200), { tls: self });
    const sender = makeSender({ ...through(proxy.url), ca: self.cert });
    for (let i = 0; i < 5; i++) expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(proxy.asked).toHaveLength(1);
    await Promise.all(Array.from({ length: 12 }, () => sender.send(post(receiver.url))));
    expect(proxy.asked.length).toBeLessThanOrEqual(4);
    expect(receiver.requests).toHaveLength(17);
  });

  test.each(['http', 'https'])('by %s of 200 KiB, answered with 60 KiB', async (scheme) => {
    const proxy = await startProxy();
    const text = 'x'.repeat(60 * 1024);
    const receiver = await receive(answer(200, {}, text), scheme === 'https' ? { tls: self } : {});
    const sender = makeSender({ ...through(proxy.url), ca: self.cert });
    const body = Buffer.alloc(200 * 1024, 'a');
    expect(await sender.send(post(receiver.url, { body }))).toMatchObject({ status: 200, isCut: false });
    expect(receiver.requests[0]?.body.equals(body)).toBe(true);
  });

  test('an answer that ends with the connection is whole', async () => {
    const proxy = await startProxy();
    const receiver = await receive(say('HTTP/1.1 200 OK\r\n\r\nuntil the end', true));
    const reply = await makeSender(through(proxy.url)).send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'answered', status: 200, isCut: false });
  });

  test('of several addresses of a name, each is asked for in turn', async () => {
    const proxy = await startProxy();
    const receiver = await receive(
      (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    );
    const sender = makeSender({ ...through(proxy.url), resolve: always('127.0.0.1', '127.0.0.2', '::1') });
    const url = `http://receiver.example:${receiver.port}/`;
    const replies = [await sender.send(post(url)), await sender.send(post(url))];
    expect(replies).toMatchObject([{ status: 200 }, { error: 'egress_failed' }]);
    expect(proxy.asked).toEqual([`127.0.0.1:${receiver.port}`, `127.0.0.2:${receiver.port}`]);
  });
});

describe('the SSRF guard', () => {
  test.each([
    ['a literal', 'https://10.0.0.1/', always('8.8.8.8')],
    ['a name', 'https://receiver.example/', always('10.0.0.1')],
    ['a public name by http', 'http://receiver.example/', always('8.8.8.8')],
  ])('judges %s before the proxy is asked', async (_what, url, resolve) => {
    const proxy = await startProxy();
    const sender = makeSender({ ...through(proxy.url), allow: [], resolve });
    expect(await sender.send(post(url))).toMatchObject({ kind: 'failed', error: 'address_refused' });
    expect(proxy.connections()).toBe(0);
  });

  test('a name that changes its answer: the proxy is asked for the address that was judged', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(200));
    let lookups = 0;
    const resolve = async () => [{ address: lookups++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    const sender = makeSender({ ...through(proxy.url), allow: ['127.0.0.1/32'], resolve });
    await sender.send(post(`http://receiver.example:${receiver.port}/`));
    expect([proxy.asked, lookups]).toEqual([[`127.0.0.1:${receiver.port}`], 1]);
  });

  test('of a name with private and public addresses, only those that pass are asked for', async () => {
    const proxy = await startProxy();
    proxy.behave = (socket) => void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const sender = makeSender({ ...through(proxy.url), allow: [], resolve: always('10.0.0.1', '8.8.8.8') });
    for (let i = 0; i < 3; i++) await sender.send(post('https://receiver.example/'));
    expect(proxy.asked).toEqual(['8.8.8.8:443', '8.8.8.8:443', '8.8.8.8:443']);
  });

  test('an IPv6 address is asked for in brackets', async () => {
    const proxy = await startProxy();
    proxy.behave = (socket) => void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const sender = makeSender({ ...through(proxy.url), allow: [], resolve: always('2606:4700::1111') });
    await sender.send(post('https://receiver.example/'));
    expect(proxy.asked).toEqual(['[2606:4700::1111]:443']);
  });
});

describe('which proxy', () => {
  test('an endpoint names one, or none at all; the default is for the others', async () => {
    const [usual, eu] = [await startProxy(), await startProxy()];
    const receiver = await receive(answer(200));
    const egress = { ...through(usual.url).egress, proxies: readProxies(`eu=${eu.url}`) };
    const sender = makeSender({ egress });
    const send = (name: string | null) =>
      sender.trySend(post(receiver.url, { terms: createConnectionTerms(null, name) }));
    expect(await send(null)).toMatchObject({ status: 200 });
    expect([usual.asked.length, eu.asked.length]).toEqual([1, 0]);
    expect(await send('eu')).toMatchObject({ status: 200 });
    expect([usual.asked.length, eu.asked.length]).toEqual([1, 1]);
    expect(await send('direct')).toMatchObject({ status: 200 });
    expect([usual.asked.length, eu.asked.length, receiver.connections()]).toEqual([1, 1, 3]);
    // One that is not configured any more: nothing leaves by another way.
    expect(await send('us')).toEqual({ kind: 'unsent', shortage: 'egress', code: 'us: not configured' });
  });

  test('NO_PROXY is for the default proxy only', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(200));
    const egress = {
      proxy: readProxy(proxy.url),
      proxies: readProxies(`eu=${proxy.url}`),
      exempt: ['127.0.0.0/8'],
    };
    const sender = makeSender({ egress });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
    expect(proxy.asked).toEqual([]);
    await sender.send(post(receiver.url, { terms: createConnectionTerms(null, 'eu') }));
    expect(proxy.asked).toHaveLength(1);
  });

  test('HTTPS_PROXY and its like are not read', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(200), { tls: self });
    const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = proxy.url;
    try {
      const sender = makeSender({ ca: self.cert });
      expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
      expect(proxy.connections()).toBe(0);
    } finally {
      for (const [index, name] of names.entries()) {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});

const password = 'pässword:with/all@in-it';
const withCredentials = (url: string, secret = password): string =>
  url.replace('://', `://carillon:${encodeURIComponent(secret)}@`);

describe('credentials', () => {
  test('are sent to the proxy and to nobody else', async () => {
    const proxy = await startProxy({ credentials: `carillon:${password}` });
    const receiver = await receive(answer(200));
    const reply = await makeSender(through(withCredentials(proxy.url))).send(post(receiver.url));
    expect(reply).toMatchObject({ status: 200 });
    expect(receiver.requests[0]?.head).not.toMatch(/authorization/i);
  });

  test('that the proxy refuses are an own failure, which does not tell them', async () => {
    const proxy = await startProxy({ credentials: `carillon:${password}` });
    const receiver = await receive(answer(200));
    for (const url of [proxy.url, withCredentials(proxy.url, 'wrong-one')]) {
      const ending = await makeSender(through(url)).trySend(post(receiver.url));
      const code = 'default: credentials refused (407)';
      expect(ending).toEqual({ kind: 'unsent', shortage: 'egress', code });
    }
    expect(receiver.connections()).toBe(0);
  });
});

describe('a proxy that fails', () => {
  const unsent = (why: string) => ({ kind: 'unsent', shortage: 'egress', code: `default: ${why}` });

  test('refuses connections: an own failure, until it is there again', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(200));
    const sender = makeSender(through(proxy.url));
    await proxy.close();
    for (let i = 0; i < 3; i++)
      expect(await sender.trySend(post(receiver.url))).toEqual(unsent('connection_refused'));
    await startProxy({ port: proxy.port });
    expect(await sender.send(post(receiver.url))).toMatchObject({ status: 200 });
  });

  test('has a certificate that is not trusted', async () => {
    const proxy = await startProxy({ tls: self });
    const receiver = await receive(answer(200));
    expect(await makeSender(through(proxy.url)).trySend(post(receiver.url))).toEqual(unsent('tls_failed'));
    expect(proxy.asked).toEqual([]);
  });

  test('has a name that does not exist', async () => {
    const receiver = await receive(answer(200));
    const sender = makeSender(through('http://proxy.invalid:3128'));
    const ending = await sender.trySend(post(receiver.url, { timeoutMs: 2_000 }));
    expect(ending).toMatchObject({ kind: 'unsent' });
  });

  test('accepts no connection in time; while one waits for it, the others are told at once', async () => {
    // TCP is accepted and TLS is not answered.
    const silent = await receive(silence);
    const receiver = await receive(answer(200));
    const sender = makeSender(through(silent.url.replace('http:', 'https:')));
    const brief = post(receiver.url, { timeoutMs: 150 });
    expect(await sender.trySend(brief)).toEqual(unsent('timeout'));
    const trying = sender.trySend(brief);
    const others = await Promise.all([sender.trySend(brief), sender.trySend(brief)]);
    expect(others).toEqual([unsent('unreachable'), unsent('unreachable')]);
    expect(await trying).toEqual(unsent('timeout'));
    expect(silent.connections()).toBe(2);
  });

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(3000)}`],
  ])('speaks %s', async (_what, text) => {
    const proxy = await startProxy();
    proxy.behave = (socket) => void socket.write(text);
    const receiver = await receive(answer(200));
    expect(await makeSender(through(proxy.url)).trySend(post(receiver.url))).toEqual(unsent('no HTTP proxy'));
  });

  test.each([400, 403, 502, 503, 504])(
    'answers %i: a failure of the receiver, with the status',
    async (status) => {
      const proxy = await startProxy();
      proxy.behave = (socket) => void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`);
      const receiver = await receive(answer(200));
      expect(await makeSender(through(proxy.url)).send(post(receiver.url))).toMatchObject({
        kind: 'failed',
        error: 'egress_failed',
        message: `The egress proxy did not connect to the receiver: it answered ${status}.`,
        status: null,
      });
    },
  );

  test('the receiver refuses the connection of the proxy', async () => {
    const proxy = await startProxy();
    const receiver = await receive(answer(200));
    await receiver.close();
    const reply = await makeSender(through(proxy.url)).send(post(receiver.url));
    expect(reply).toMatchObject({ error: 'egress_failed', message: expect.stringMatching(/answered 502/) });
  });

  test.each([
    ['does not answer CONNECT in time', () => {}, /did not answer in time/],
    ['closes the connection', (socket: { destroy(): void }) => socket.destroy(), /ended the connection/],
    ['ends its side', (socket: { end(): void }) => socket.end(), /ended the connection/],
  ])('%s: counts, since the receiver may be the reason', async (_what, behave, message) => {
    const proxy = await startProxy();
    proxy.behave = behave;
    const receiver = await receive(answer(200));
    const reply = await makeSender(through(proxy.url)).send(post(receiver.url, { timeoutMs: 300 }));
    expect(reply).toMatchObject({ error: 'egress_failed', message: expect.stringMatching(message) });
  });

  test.each([
    ['http', {}],
    ['https', { tls: self }],
  ])('sends more than the answer to CONNECT: no answer of the receiver (%s)', async (_scheme, options) => {
    const proxy = await startProxy();
    const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    proxy.behave = (socket) => void socket.write(`HTTP/1.1 200 Established\r\n\r\n${stray}`);
    const receiver = await receive(answer(200), options);
    const reply = await makeSender({ ...through(proxy.url), ca: self.cert }).send(post(receiver.url));
    expect(reply).toMatchObject({ kind: 'failed', error: 'answer_invalid' });
  });

  test('is closed with the sender, at each stage', async () => {
    const proxy = await startProxy();
    proxy.behave = () => {};
    const receiver = await receive(answer(200));
    const sender = makeSender({ ...through(proxy.url), resolve });
    const sending = [
      sender.trySend(post(receiver.url)),
      sender.trySend(post(`http://receiver.example:${receiver.port}/`)),
    ];
    await expect.poll(() => proxy.asked.length).toBe(2);
    sending.push(sender.trySend(post(receiver.url)));
    await sender.close();
    for (const ending of await Promise.all(sending))
      expect(ending).toMatchObject({ kind: 'failed', error: 'request_failed' });
  });
});
