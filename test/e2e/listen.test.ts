// `carillon listen` and `carillon tail` in processes of their own, with a server and a local application.
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Finished, type Running, startCommand } from '../support/command-line.ts';
import { openLaptop } from '../support/laptop.ts';
import { startReceiver } from '../support/receiver.ts';

const laptop = await openLaptop();
const { folder, application, environment, call } = laptop;
const timeout = 60_000;
const started: Running[] = [];

beforeAll(() => call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' }));

afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
  application.answer = () => 200;
  application.requests.length = 0;
});

afterAll(() => laptop.close());

const publish = (id: string, fields: object = {}, tenant = 'acme') =>
  call('POST', `/tenants/${tenant}/events`, {
    id,
    type: 'payment.paid',
    mode: 'test',
    payload: { id },
    ...fields,
  });

function carillon(args: readonly string[], more: Record<string, string> = {}): Running {
  const running = startCommand(args, { cwd: folder, environment: { ...environment, ...more } });
  started.push(running);
  return running;
}

function interrupt(running: Running): Promise<Finished> {
  running.child.kill('SIGINT');
  return running.finished;
}

test('sends what is published, unchanged and signed, and records the answers', { timeout }, async () => {
  application.answer = ({ body }) => (body.includes('bad') ? 500 : { status: 201, body: 'done' });
  const flags = ['--name', 'one', '--path', '/hook', '--forward-header', 'x-own: 1', '--events', 'payment.*'];
  const listening = carillon(['listen', application.url, '--tenant', 'acme', ...flags]);
  const ready = await listening.untilError(/secret .*\n/);
  expect(ready).toContain(`acme (test), payment.* -> ${application.url}/hook`);
  const secret = /whsec_\S+/.exec(ready)?.[0] ?? '';
  await publish('good');
  await publish('other', { type: 'payout.paid' });
  await publish('bad');
  const out = await listening.until(/\[500\].*\n/);
  expect(out).toMatch(/--> payment\.paid \[good\]\n/);
  expect(out).toMatch(/<-- \[201\] POST http:\S+\/hook \(\d+ms\) \[good\]\n/);
  expect(out).toMatch(/<-- \[500\] .* \[bad\] {2}will be tried again in \d+ s\n/);
  const [first] = application.requests;
  expect(first).toMatchObject({ path: '/hook', headers: { 'x-own': '1' } });
  new Webhook(secret).verify(first?.body ?? '', first?.headers as Record<string, string>);
  const { data } = await call('GET', '/attempts?tenant=acme');
  expect(data).toMatchObject([
    { event: 'bad', status: 500, outcome: 'refused', url: null },
    { event: 'good', status: 201, outcome: 'accepted' },
  ]);
  const ended = await interrupt(listening);
  expect(ended.code).toBe(0);
  expect(ended.error).toContain('2 requests, 1 failed');
});

test('has the same secret again, and what was published meanwhile', { timeout }, async () => {
  const flags = ['listen', application.url, '--name', 'two', '--count', '1'];
  const printed = await carillon(['listen', '--name', 'two', '--print-secret']).finished;
  await publish('while-away');
  const { code, out, error } = await carillon([...flags, '--json']).finished;
  expect({ code, error }).toEqual({ code: 0, error: expect.stringContaining(printed.out.trim()) });
  expect(error).toContain('1 event while you were away');
  expect(JSON.parse(out)).toMatchObject({ event: 'while-away', status: 200, state: 'delivered', attempt: 1 });
  await publish('dropped');
  const dropped = await carillon([...flags, '--no-missed', '--timeout', '1s']).finished;
  expect(dropped).toMatchObject({ code: 1, out: '', error: expect.stringContaining('1 event dropped') });
});

test('shares events among terminals of one name, and gives each name all', { timeout }, async () => {
  const open = async (name: string): Promise<Running> => {
    const listening = carillon(['listen', application.url, '--name', name, '--json']);
    await listening.untilError(/secret .*\n/);
    return listening;
  };
  const first = await open('shared');
  const terminals = [first, await open('shared'), await open('alone')];
  const ids = Array.from({ length: 20 }, (_, n) => `shared-${n}`);
  for (const id of ids) await publish(id);
  await application.until(() => application.requests.length >= 40);
  const outs = await Promise.all(terminals.map(async (terminal) => (await interrupt(terminal)).out));
  const eventsOf = (out = ''): string[] =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { event: string }).event);
  expect([...eventsOf(outs[0]), ...eventsOf(outs[1])].toSorted()).toEqual(ids.toSorted());
  expect(eventsOf(outs[2]).toSorted()).toEqual(ids.toSorted());
});

test('ends with exit codes that CI can use', { timeout }, async () => {
  application.answer = () => 500;
  const flags = ['listen', application.url, '--name', 'ci', '--once'];
  const failing = carillon([...flags, '--fail-on-error', '--timeout', '50s']);
  await failing.untilError(/secret .*\n/);
  await publish('failing');
  expect(await failing.finished).toMatchObject({ code: 1, error: expect.stringContaining('1 failed') });
  const { data } = await call('GET', '/tenants/acme/endpoints?mode=test');
  expect(data.map(({ description }: any) => description)).not.toContain('carillon listen --name ci');
  const refused = await carillon(['listen', 'https://example.com/hook']).finished;
  expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('--allow-external') });
  const gone = await carillon(['listen', application.url], { CARILLON_SERVER: 'http://127.0.0.1:9' })
    .finished;
  expect(gone).toMatchObject({ code: 1, error: expect.stringContaining('cannot reach') });
});

test('says that the application does not run, and sends again', { timeout }, async () => {
  const closed = await startReceiver();
  await closed.close();
  const listening = carillon(['listen', closed.url, '--name', 'closed']);
  await listening.untilError(/secret .*\n/);
  await publish('unreachable');
  const out = await listening.until(/\[ERROR\].*\n/);
  expect(out).toMatch(
    /\[unreachable\]: connection refused: is your application running\? {2}will be tried again/,
  );
});

test('ends with a sentence when its key is revoked', { timeout }, async () => {
  const body = { name: 'laptop', scopes: ['read', 'endpoints', 'secrets'] };
  const { id, key } = await call('POST', '/keys', body);
  const listening = carillon(['listen', application.url, '--name', 'revoked'], { CARILLON_ADMIN_KEY: key });
  await listening.untilError(/secret .*\n/);
  await call('DELETE', `/keys/${id}`);
  await publish('after');
  const { code, error } = await listening.finished;
  expect(code).toBe(1);
  expect(error).toMatch(/^error: .*key.*$/m);
});

test.each([['tail'], ['deliveries tail']])(
  '%s shows attempts within a second',
  { timeout },
  async (words) => {
    await call('POST', '/tenants/acme/endpoints', { url: application.url, mode: 'test', eventTypes: ['*'] });
    const flags = ['--tenant', 'acme', '--outcome', 'accepted', '--type', 'invoice.paid'];
    const tailing = carillon([...words.split(' '), ...flags]);
    const json = carillon([...words.split(' '), ...flags, '--json']);
    await Promise.all([tailing.untilError(/watching/), json.untilError(/watching/)]);
    const id = words.replace(' ', '-');
    await publish(`${id}-1`, { type: 'invoice.paid' });
    await publish(`${id}-2`, { type: 'invoice.void' });
    const host = new URL(application.url).host;
    expect(await tailing.until(/\n/)).toMatch(
      new RegExp(`accepted +200 .* ms {2}invoice\\.paid {2}acme {2}${host}\n`),
    );
    const [line = ''] = (await json.until(/\n/)).split('\n');
    expect(JSON.parse(line)).toMatchObject({ event: `${id}-1`, outcome: 'accepted', tenant: 'acme' });
    expect((await interrupt(tailing)).code).toBe(0);
  },
);
