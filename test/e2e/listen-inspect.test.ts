// `carillon listen --inspect` on a pseudo terminal: see an event, edit it, send it again, go on, quit.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createVerifier, type Dialect } from '#packages/verify/src/verify.ts';
import { runCommand } from '../support/command-line.ts';
import { openLaptop } from '../support/laptop.ts';
import { hasScript, startOnTerminal, type TerminalSession } from '../support/pseudo-terminal.ts';

const laptop = await openLaptop();
const { folder, application, environment, call } = laptop;
const timeout = 40_000;
let session: TerminalSession | null = null;

beforeAll(() => call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' }));

afterEach(() => {
  session?.kill();
  session = null;
  application.answer = () => 200;
  application.requests.length = 0;
});

afterAll(() => laptop.close());

const publish = (id: string, payload: object, tenant = 'acme', type = 'payment.paid') =>
  call('POST', `/tenants/${tenant}/events`, { id, type, mode: 'test', payload });

/** An editor that replaces one text by another. */
function editor(from: string, to: string): string {
  const path = join(folder, 'editor');
  writeFileSync(path, `#!/bin/sh\nsed -i 's/${from}/${to}/' "$1"\n`);
  chmodSync(path, 0o755);
  return path;
}

function listen(args: readonly string[], more: Record<string, string> = {}): TerminalSession {
  session = startOnTerminal(['listen', application.url, '--inspect', ...args], {
    cwd: folder,
    environment: { ...environment, ...more },
  });
  return session;
}

const keys = /q {2}quit/;

describe.skipIf(!hasScript())('on a terminal', () => {
  test('shows an event, sends it again, edited and signed anew, and goes on', { timeout }, async () => {
    application.answer = ({ body }) => (body.includes('"refund": 1') ? 422 : 200);
    const terminal = listen(['--tenant', 'acme', '--name', 'one'], { EDITOR: editor('10.50', '99.90') });
    const ready = await terminal.until(/secret .*\n/);
    const secret = /whsec_[\w+/=]+/.exec(ready)?.[0] ?? '';
    await publish('first', { amount: 10.5, exact: 1 });
    await publish('second', { amount: 1 });
    const shown = await terminal.until(keys);
    expect(shown).toContain('--> payment.paid [first]');
    expect(shown).toContain('"amount": 10.5,');
    // The second one waits.
    expect(application.requests).toHaveLength(1);

    terminal.type('\r');
    expect(await terminal.until(keys)).toContain('sent again, unchanged, signed anew');
    expect(application.requests[1]?.body).toBe(application.requests[0]?.body);

    terminal.type('e');
    const unchanged = await terminal.until(keys);
    expect(unchanged).toContain('sent again, unchanged');

    editor('"amount": 10.5', '"refund": 1');
    terminal.type('e');
    const edited = await terminal.until(keys);
    expect(edited).toContain(
      'sent again, edited, signed anew with the secret of this endpoint; only to the application',
    );
    expect(edited).toMatch(/<-- \[422\] POST .* \[first\] {2}not recorded/);
    const last = application.requests.at(-1);
    expect(JSON.parse(last?.body ?? '')).toMatchObject({
      type: 'payment.paid',
      data: { refund: 1, exact: 1 },
    });
    new Webhook(secret).verify(last?.body ?? '', last?.headers as Record<string, string>);
    expect(last?.headers['webhook-id']).toBe('first');

    terminal.type('s');
    expect(await terminal.until(keys)).toContain('--> payment.paid [second]');
    terminal.type('q');
    expect(await terminal.finished).toBe(0);
    expect(terminal.screen()).toContain('2 requests, 0 failed');
    const { data } = await call('GET', '/attempts?tenant=acme');
    expect(data.map(({ event, status }: any) => [event, status]).toSorted()).toEqual([
      ['first', 200],
      ['second', 200],
    ]);
  });

  test(
    'an editor that is missing or fails leaves the event as it is; Ctrl-C quits',
    { timeout },
    async () => {
      const terminal = listen(['--tenant', 'acme', '--name', 'two']);
      await terminal.until(/secret .*\n/);
      await publish('third', { amount: 1 });
      await terminal.until(keys);
      terminal.type('e');
      expect(await terminal.until(keys)).toContain('there is no editor: set VISUAL or EDITOR');
      expect(application.requests).toHaveLength(1);
      terminal.type('\u0003');
      expect(await terminal.finished).toBe(0);
      const failing = listen(['--tenant', 'acme', '--name', 'two'], { EDITOR: 'false' });
      await failing.until(/secret .*\n/);
      await publish('fourth', { amount: 1 });
      await failing.until(keys);
      failing.type('e');
      expect(await failing.until(keys)).toContain('its text is not used');
    },
  );

  test.each<[Dialect, string, object, string, string]>([
    ['diddo', 'checkout.succeeded', { note: 'before' }, 'before', 'signed anew'],
    [
      'chip',
      'purchase.paid',
      { id: 'p1', type: 'purchase', is_test: true, note: 'before' },
      'before',
      'NOT signed anew',
    ],
  ])('an edited delivery of %s', { timeout }, async (dialect, type, payload, from, says) => {
    await call('POST', '/tenants', { id: dialect, name: dialect, dialect });
    const terminal = listen(['--tenant', dialect], { EDITOR: editor(from, 'after') });
    await terminal.until(/secret .*\n/);
    await publish('e1', payload, dialect, type);
    await terminal.until(keys);
    terminal.type('e');
    expect(await terminal.until(keys)).toContain(`sent again, edited, ${says}`);
    const sent = application.requests.at(-1);
    expect(sent?.body).toContain('after');
    if (says !== 'signed anew') return;
    const secret = /whsec_[\w+/=]+/.exec(terminal.screen())?.[0] ?? '';
    const verifier = createVerifier({ dialect, secret });
    await verifier.verify({ headers: sent?.headers as Record<string, string>, body: sent?.body ?? '' });
  });
});

test('without a terminal, and with --json, it is refused in words', { timeout }, async () => {
  const flags = ['listen', application.url, '--inspect', '--tenant', 'acme'];
  const options = { cwd: folder, environment };
  expect(await runCommand(flags, options)).toMatchObject({
    code: 2,
    error: expect.stringContaining('--inspect needs a terminal'),
  });
  expect(await runCommand([...flags, '--json'], options)).toMatchObject({
    code: 2,
    error: expect.stringContaining('cannot be used with --json'),
  });
});
