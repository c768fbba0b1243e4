// What is short on this machine is no failure of the receiver, as long as nothing was sent.
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { answer, silence } from '../../test/support/hostile.ts';
import { always, makeSender, post, receive } from '../../test/support/sender.ts';
import type { Dial } from './guard.ts';
import { createResolve } from './resolve.ts';
import { createAddressRules } from './address.ts';

const systemError = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`connect ${code}`), { code, ...more });

/** Sockets that fail with `error`. */
const failing =
  (error: Error): Dial =>
  () =>
    new Socket().destroy(error);

const url = 'http://127.0.0.1:1/';

test.each([
  ['EMFILE', 'descriptors'],
  ['ENFILE', 'descriptors'],
  ['ENOMEM', 'memory'],
  ['ENOBUFS', 'memory'],
  ['EADDRNOTAVAIL', 'ports'],
])('%s is a shortage of %s', async (code, shortage) => {
  const sender = makeSender({ dial: failing(systemError(code, { address: '127.0.0.1' })) });
  expect(await sender.trySend(post(url))).toEqual({ kind: 'unsent', shortage, code });
});

test.each([
  ['ECONNREFUSED', {}, 'connection_refused'],
  ['ETIMEDOUT', {}, 'timeout'],
  // There is no own address of IPv6.
  ['EADDRNOTAVAIL', { address: '2001:db8::1' }, 'connection_refused'],
])('%s %j is a failure of the receiver', async (code, more, error) => {
  const sender = makeSender({ dial: failing(systemError(code, more)) });
  expect(await sender.trySend(post(url))).toMatchObject({ kind: 'failed', error });
});

test('of several addresses, one that could not be tried is enough', async () => {
  const refused = systemError('ECONNREFUSED');
  const both = Object.assign(new AggregateError([refused, systemError('EMFILE')]), { code: 'ECONNREFUSED' });
  const none = Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' });
  expect(await makeSender({ dial: failing(both) }).trySend(post(url))).toMatchObject({ code: 'EMFILE' });
  expect(await makeSender({ dial: failing(none) }).trySend(post(url))).toMatchObject({ kind: 'failed' });
});

test('a shortage after the request was sent is a failed attempt: the receiver may have it', async () => {
  const receiver = await receive(silence);
  const sockets: Socket[] = [];
  const sender = makeSender({
    dial: (options) => {
      const socket = new Socket().connect(options);
      sockets.push(socket);
      return socket;
    },
  });
  const sending = sender.trySend(post(receiver.url));
  await expect.poll(() => receiver.requests.length).toBe(1);
  sockets[0]?.destroy(systemError('ENOBUFS'));
  expect(await sending).toMatchObject({
    kind: 'failed',
    error: 'request_failed',
    message: 'The request could not be made (ENOBUFS).',
  });
});

test('a name that cannot be looked up for lack of descriptors is no unknown name', async () => {
  const resolve = async () => Promise.reject(systemError('EMFILE'));
  const ending = await makeSender({ resolve }).trySend(post('https://shop.example/'));
  expect(ending).toEqual({ kind: 'unsent', shortage: 'descriptors', code: 'EMFILE' });
});

const rules = createAddressRules([]);
const unasked = async () => Promise.reject(systemError('ECONNREFUSED'));
const unknown = async () => Promise.reject(systemError('ENODATA'));
const silent = async () => Promise.reject(systemError('ETIMEOUT'));
const system = always('127.0.0.1');

test.each([
  ['no name server listens', unasked, unasked, 'unsent'],
  // Out of descriptors, one of the two questions may still get one.
  ['only one of the two questions is asked', unasked, unknown, 'unsent'],
  ['the name is unknown', unknown, unknown, 'failed'],
  ['the name servers of the name are silent', silent, silent, 'failed'],
])('when %s, the request is %s', async (_case, resolve4, resolve6, kind) => {
  // The declared types are overloaded.
  const nameServers = { resolve4, resolve6 } as never;
  const resolve = createResolve(rules, { hostsFile: '/none', nameServers, system });
  const ending = await makeSender({ resolve }).trySend(post('https://shop.example/'));
  expect(ending).toMatchObject(kind === 'unsent' ? { kind, shortage: 'names' } : { kind });
});

/** Nothing runs in this thread meanwhile, as when the process is stopped or swapped out. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a process that stood still before it connected has made no attempt', async () => {
  const receiver = await receive(answer(200));
  const sender = makeSender();
  const sending = sender.trySend(post(receiver.url, { timeoutMs: 100 }));
  standStill(1_200);
  expect(await sending).toEqual({ kind: 'unsent', shortage: 'time', code: 'TIMEOUT' });
  expect(receiver.requests).toEqual([]);
});

/** In a thread of its own: it answers while this one stands still. */
const receiverThread = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const server = createServer((request, response) => {
  if (request.url === '/silent') return;
  setTimeout(() => response.end('done'), request.url === '/later' ? 300 : 0);
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('an answer that came while the process stood still counts', async () => {
  const thread = new Worker(receiverThread, { eval: true });
  const port = await new Promise((resolve) => thread.once('message', resolve));
  const sender = makeSender();
  const send = (path: string) => {
    const sending = sender.trySend(post(`http://127.0.0.1:${String(port)}${path}`, { timeoutMs: 1_000 }));
    return { sending };
  };
  // Two connections are kept, so that the next requests are written at once.
  await Promise.all([send('/').sending, send('/').sending]);
  const [answered, silent] = [send('/later'), send('/silent')];
  standStill(2_200);
  expect(await answered.sending).toMatchObject({ kind: 'answered', status: 200 });
  expect(await silent.sending).toMatchObject({ kind: 'failed', error: 'timeout' });
  await thread.terminate();
});
