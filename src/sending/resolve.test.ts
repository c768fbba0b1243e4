import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAddressRules } from './address.ts';
import { createResolve, type NameSources, type Resolve } from './resolve.ts';

let folder: string;
const cleanups: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resolve-'));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  await rm(folder, { recursive: true });
});

/** Addresses in the wire form; `silence` for a question that is not answered. */
type Answer = readonly (readonly number[])[] | 'silence' | 'no such name';
/** By name and type (1 for A, 28 for AAAA). */
type Zone = (name: string, type: number, count: number) => Answer;

const addressOf = { four: [203, 0, 113, 7], six: [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7] };
const four = { address: '203.0.113.7', family: 4 };
const six = { address: '2001:db8::7', family: 6 };

/** A name server on loopback that answers by `zone`, each answer `delayMs` later. */
async function serve(zone: Zone, delayMs: (type: number) => number = () => 0) {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = question.readUInt16BE(at + 1);
    const name = labels.join('.');
    questions.push(`${name} ${type}`);
    const answer = zone(name, type, questions.length);
    if (answer === 'silence') return;
    const addresses = answer === 'no such name' ? [] : answer;
    const records = addresses.map((bytes) => [
      0xc0,
      12,
      0,
      type,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      bytes.length,
      ...bytes,
    ]);
    const head = [question[0] ?? 0, question[1] ?? 0, 0x81, answer === 'no such name' ? 0x83 : 0x80];
    const counts = [0, 1, 0, records.length, 0, 0, 0, 0];
    const reply = Buffer.from([...head, ...counts, ...question.subarray(12, at + 5), ...records.flat()]);
    setTimeout(() => socket.send(reply, port, address, () => {}), delayMs(type));
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  cleanups.push(() => socket.close());
  const nameServers = new Resolver({ timeout: 500, tries: 4 });
  nameServers.setServers([`127.0.0.1:${socket.address().port}`]);
  cleanups.push(() => nameServers.cancel());
  return { nameServers, questions };
}

/** Looks up with these sources; the others know nothing. */
async function make(
  sources: Partial<NameSources> & { readonly hosts?: string },
  allowed = ['10.0.0.0/8'],
): Promise<Resolve> {
  const hostsFile = join(folder, 'hosts');
  if (sources.hosts !== undefined) await writeFile(hostsFile, sources.hosts);
  const nameServers = sources.nameServers ?? (await serve(() => 'no such name')).nameServers;
  const system = sources.system ?? (async () => Promise.reject(new Error('the system was asked')));
  return createResolve(createAddressRules(allowed), { hostsFile, nameServers, system });
}

async function timed<T>(promise: Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  const value = await promise;
  return { value, ms: performance.now() - start };
}

describe('name servers', () => {
  const both: Zone = (_name, type) => [type === 1 ? addressOf.four : addressOf.six];

  test('both families, IPv4 first', async () => {
    const resolve = await make(await serve(both));
    expect(await resolve('receiver.example')).toEqual([four, six]);
  });

  test('a lost AAAA answer costs 50 ms', async () => {
    const resolve = await make(await serve((_name, type) => (type === 1 ? [addressOf.four] : 'silence')));
    const { value, ms } = await timed(resolve('receiver.example'));
    expect(value).toEqual([four]);
    expect(ms).toBeLessThan(400);
  });

  test('an AAAA answer that comes a little later is not left out', async () => {
    const resolve = await make(await serve(both, (type) => (type === 1 ? 0 : 15)));
    expect(await resolve('receiver.example')).toEqual([four, six]);
  });

  test('a lost A answer is asked for again', async () => {
    const { nameServers, questions } = await serve((name, type, count) =>
      type === 1 && count <= 2 ? 'silence' : both(name, type, count),
    );
    const { value, ms } = await timed((await make({ nameServers }))('receiver.example'));
    expect(value).toEqual([four, six]);
    expect(ms).toBeLessThan(2_000);
    expect(questions).toEqual(expect.arrayContaining(['receiver.example 1', 'receiver.example 28']));
  });

  test('a name with IPv6 only', async () => {
    const resolve = await make(await serve((_name, type) => (type === 1 ? [] : [addressOf.six])));
    expect(await resolve('receiver.example.')).toEqual([six]);
  });

  test('a name that does not exist', async () => {
    await expect((await make({}, []))('receiver.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('the hosts file', () => {
  const hosts =
    '# comment\n127.0.0.1 localhost\n::1 inner.test # 6\n10.0.0.1\tInner.test other.test\nx inner.test\n';

  test('comes first: no name server is asked', async () => {
    const { nameServers, questions } = await serve(() => 'silence');
    const resolve = await make({ hosts, nameServers });
    expect(await resolve('inner.test.')).toEqual([
      { address: '10.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(await resolve('OTHER.test')).toEqual([{ address: '10.0.0.1', family: 4 }]);
    expect(questions).toEqual([]);
  });

  test('is not held up by names whose servers are silent', async () => {
    const { nameServers } = await serve(() => 'silence');
    const resolve = await make({ hosts, nameServers, system: () => new Promise(() => {}) });
    for (let i = 0; i < 50; i++) void resolve(`h${i}.dead.test`).catch(() => {});
    const { value, ms } = await timed(resolve('inner.test'));
    expect(value).toHaveLength(2);
    expect(ms).toBeLessThan(400);
  });

  test('without one all names go to the name servers', async () => {
    const resolve = await make(await serve((_name, type) => (type === 1 ? [addressOf.four] : [])));
    expect(await resolve('inner.test')).toEqual([four]);
  });
});

describe('the system', () => {
  const inner = [{ address: '10.0.0.2', family: 4 }];

  test('is asked for a name that no name server knows, where private addresses are allowed', async () => {
    expect(await (await make({ system: async () => inner }))('inner')).toEqual(inner);
    await expect((await make({ system: async () => inner }, []))('inner')).rejects.toThrow('ENOTFOUND');
  });

  test('is not asked when name servers are silent or broken', async () => {
    const fail = async () => Promise.reject(Object.assign(new Error('timeout'), { code: 'ETIMEOUT' }));
    const resolve = await make({ nameServers: { resolve4: fail, resolve6: fail } });
    await expect(resolve('inner')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  });

  test('is asked for one name at a time', async () => {
    const asked: string[] = [];
    const waiting: ((found: typeof inner) => void)[] = [];
    const system: Resolve = (host) => {
      asked.push(host);
      return new Promise((resolve) => void waiting.push(resolve));
    };
    const resolve = await make({ system });
    const first = resolve('one');
    await expect.poll(() => asked).toEqual(['one']);
    const second = resolve('two');
    waiting[0]?.(inner);
    expect(await first).toEqual(inner);
    await expect.poll(() => asked).toEqual(['one', 'two']);
    waiting[1]?.(inner);
    expect(await second).toEqual(inner);
  });
});
