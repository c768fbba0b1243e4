import { readFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { Reply, Unsent } from '#core/attempt.ts';
import { createAddressRules } from './address.ts';
import { answer, startReceiver } from '../../test/support/hostile.ts';
import { createGuard, type Dial, type Guard, guardCodes } from './guard.ts';
import type { Resolve } from './resolve.ts';
import { createSender } from './send.ts';
import type { Target } from './target.ts';

interface Case {
  readonly url: string;
  /** One answer for all lookups, or a list of answers, one for each lookup in turn. */
  readonly resolves?: readonly string[] | readonly (readonly string[])[];
  readonly allow?: readonly string[];
  readonly verdict: 'accepted' | 'refused';
  readonly why: string;
}

const corpus: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../test/fixtures/addresses.json', import.meta.url), 'utf8'),
);

const guards: Guard[] = [];
const secureContext = createSecureContext();

afterEach(() => {
  for (const guard of guards.splice(0)) guard.destroySockets();
});

/**
 * Opens nothing: notes the addresses that would be dialled, found as a socket finds them, and fails as if no
 * server listened there. So public addresses can be tested without reaching one.
 */
function noteDials(dialled: string[]): Dial {
  return ({ host = '', lookup }) => {
    const socket = new Socket();
    const refuse = (addresses: readonly string[]): void => {
      dialled.push(...addresses);
      socket.destroy(Object.assign(new Error('no server listens'), { code: 'ECONNREFUSED' }));
    };
    if (lookup === undefined) throw new Error('no lookup was given');
    if (isIP(host) !== 0) refuse([host]);
    else {
      lookup(host, { all: true }, (error, found) => {
        if (error !== null) socket.destroy(error);
        else if (typeof found === 'string') throw new Error('one address, but all were asked for');
        else refuse(found.map(({ address }) => address));
      });
    }
    return socket;
  };
}

function answersOf(one: Case): readonly (readonly string[])[] {
  const { resolves = [] } = one;
  const lists = resolves.filter((entry) => typeof entry !== 'string');
  return lists.length > 0 ? lists : [resolves.filter((entry) => typeof entry === 'string')];
}

function toResolved(addresses: readonly string[]) {
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

describe('every URL of the corpus, through the real sender', () => {
  test.each(corpus)('$url: $why', async (one) => {
    const dialled: string[] = [];
    const rules = createAddressRules(one.allow ?? []);
    const answers = answersOf(one);
    let lookups = 0;
    const resolve: Resolve = async () => toResolved(answers[Math.min(lookups++, answers.length - 1)] ?? []);
    const sender = createSender({
      rules,
      userAgent: 'Carillon/test',
      connectionsPerOriginMax: 2,
      resolve,
      dial: noteDials(dialled),
    });
    let reply: Reply | Unsent | undefined;
    for (let i = 0; i < answers.length; i++) {
      const before = dialled.length;
      reply = await sender.send({ url: one.url, headers: {}, body: Buffer.from('{}'), timeoutMs: 5_000 });
      // All that was dialled came from this lookup.
      if (one.resolves !== undefined)
        expect(answers[i]).toEqual(expect.arrayContaining(dialled.slice(before)));
    }
    await sender.close();
    // The sender has no limit on length: that one is for who registers a URL.
    const isTooLong = one.url.length > 2048;
    const isAccepted = one.verdict === 'accepted' || isTooLong;
    if (isTooLong) expect(reply).toMatchObject({ error: 'name_not_found' });
    else expect(reply).toMatchObject({ error: isAccepted ? 'connection_refused' : 'address_refused' });
    expect(dialled.filter((ip) => rules.judge(ip) === 'refused')).toEqual([]);
    if (answers.length === 1 && !isTooLong) expect(dialled.length > 0).toBe(isAccepted);
  });
});

const onRead = { buffer: new Uint8Array(1024), callback: () => true };

/** The `code` of the error with which a connection ends; null when it is made. */
function codeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(null));
    socket.once('error', (error) => resolve('code' in error ? error.code : error));
  });
}

/** What the guard answers to a connection attempt: an error code, and the addresses it would dial. */
async function attempt(
  target: Partial<Target>,
  options: { allow?: readonly string[]; resolves?: readonly string[] },
): Promise<{ code: unknown; dialled: readonly string[] }> {
  const dialled: string[] = [];
  const guard = createGuard({
    secureContext,
    rules: createAddressRules(options.allow ?? []),
    resolve: async () => toResolved(options.resolves ?? []),
    dial: noteDials(dialled),
  });
  const socket = guard.connect(
    { isTls: true, host: 'receiver.example', port: 443, ...target },
    secureContext,
    onRead,
  );
  return { code: await codeOf(socket), dialled };
}

describe('the guard on its own, without the URL check', () => {
  const refused = { code: guardCodes.addressRefused, dialled: [] };

  test.each([
    ['loopback', '127.0.0.1'],
    ['the metadata service', '169.254.169.254'],
    ['IPv6 loopback', '::1'],
    ['mapped', '::ffff:7f00:1'],
    ['compatible', '::7f00:1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['a zone', 'fe80::1%eth0'],
  ])('a literal never reaches a lookup, so it is judged before: %s', async (_what, host) => {
    expect(await attempt({ host }, {})).toEqual(refused);
  });

  test('a public literal by http or on another port', async () => {
    expect(await attempt({ isTls: false, host: '8.8.8.8' }, {})).toEqual(refused);
    expect(await attempt({ host: '8.8.8.8', port: 8080 }, {})).toEqual(refused);
    expect(await attempt({ host: '8.8.8.8', port: 8443 }, {})).toMatchObject({
      dialled: ['8.8.8.8'],
    });
  });

  test('of the addresses of a name, those that are refused are not passed on', async () => {
    const resolves = ['10.0.0.1', '8.8.8.8', '::1', '2606:4700::1111'];
    expect(await attempt({}, { resolves })).toMatchObject({
      dialled: ['8.8.8.8', '2606:4700::1111'],
    });
  });

  test('by http only allowed addresses of a name are passed on', async () => {
    const options = { resolves: ['8.8.8.8', '10.0.0.1'], allow: ['10.0.0.0/8'] };
    expect(await attempt({ isTls: false, port: 80 }, options)).toMatchObject({
      dialled: ['10.0.0.1'],
    });
    expect(await attempt({}, options)).toMatchObject({
      dialled: ['8.8.8.8', '10.0.0.1'],
    });
  });

  test('a name without addresses is not found', async () => {
    expect(await attempt({}, { resolves: [] })).toEqual({
      code: guardCodes.nameNotFound,
      dialled: [],
    });
  });

  test('connections to one name at the same time share one lookup', async () => {
    let lookups = 0;
    const waiting: (() => void)[] = [];
    const guard = createGuard({
      secureContext,
      rules: createAddressRules([]),
      resolve: (host) => {
        lookups++;
        return new Promise((resolve) => {
          waiting.push(() => resolve(toResolved(host.startsWith('one') ? ['8.8.8.8'] : ['8.8.4.4'])));
        });
      },
      dial: noteDials([]),
    });
    const dial = (host: string): Promise<unknown> =>
      codeOf(guard.connect({ isTls: true, host, port: 443 }, secureContext, onRead));
    const three = [dial('one.example'), dial('one.example'), dial('two.example')];
    expect(lookups).toBe(2);
    for (const go of waiting.splice(0)) go();
    await Promise.all(three);
    const again = dial('one.example');
    expect(lookups).toBe(3);
    for (const go of waiting.splice(0)) go();
    await again;
  });
});

async function open(guard: Guard, port: number, host = '127.0.0.1'): Promise<Socket> {
  guards.push(guard);
  const socket = guard.connect({ isTls: false, host, port }, secureContext, onRead);
  const code = await codeOf(socket);
  if (code !== null) throw Object.assign(new Error('not connected'), { code });
  return socket;
}

describe('sockets', () => {
  test('open ones are counted, and ended together', async () => {
    const receiver = await startReceiver(answer(200));
    const guard = createGuard({ secureContext, rules: createAddressRules(['127.0.0.1/32']) });
    const sockets = [await open(guard, receiver.port), await open(guard, receiver.port)];
    expect(guard.openSockets()).toBe(2);
    const closed = sockets.map((socket) => new Promise((resolve) => void socket.once('close', resolve)));
    guard.destroySockets();
    await Promise.all(closed);
    expect(guard.openSockets()).toBe(0);
    await receiver.close();
  });

  test('one that could not be opened is not counted any more', async () => {
    const receiver = await startReceiver(answer(200));
    await receiver.close();
    const guard = createGuard({ secureContext, rules: createAddressRules(['127.0.0.1/32']) });
    await expect(open(guard, receiver.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect.poll(() => guard.openSockets()).toBe(0);
  });

  test('a real socket dials an address that passed, not the name', async () => {
    const receiver = await startReceiver(answer(200));
    const guard = createGuard({
      secureContext,
      rules: createAddressRules(['127.0.0.1/32']),
      resolve: async () => toResolved(['127.0.0.2', '127.0.0.1']),
    });
    const socket = await open(guard, receiver.port, 'receiver.example');
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
    await receiver.close();
  });
});
