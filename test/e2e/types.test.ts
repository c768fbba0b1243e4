// `carillon types` as a developer uses it: the file compiles, a right payload is published and read by its type, a wrong one does not
// compile. For the operator's own catalogue and the tenants of each dialect.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { runCommand } from '../support/command-line.ts';
import { openLaptop } from '../support/laptop.ts';
import { checkTypes } from '../support/type-check.ts';

const laptop = await openLaptop({ CARILLON_EVENT_TYPES: 'strict' });
const { folder, server, application: receiver, environment, call } = laptop;
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
const packages = join(import.meta.dirname, '../../packages');

afterAll(() => laptop.close());

const types = (...flags: readonly string[]) => runCommand(['types', ...flags], { cwd: folder, environment });

const money = {
  type: 'object',
  properties: { value: { type: 'string', pattern: '^\\d+$' }, currency: { enum: ['EUR', 'USD'] } },
  required: ['value', 'currency'],
};

test(
  'a right payload is published and read, a wrong one does not compile',
  { timeout: 120_000 },
  async () => {
    await call('PUT', '/event-types/payment.paid', {
      description: 'The money has arrived. */ export const broken = 1; /*',
      schema: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          amount: { $ref: '#/$defs/money' },
          note: { type: ['string', 'null'] },
        },
        required: ['id', 'amount'],
        $defs: { money },
      },
    });
    await call('PUT', '/event-types/payment.failed', {
      deprecated: true,
      schema: { type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] },
    });
    await call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const endpoint = { url: receiver.url, eventTypes: ['*'] };
    const { secret } = await call('POST', '/tenants/acme/endpoints', endpoint);
    expect(await types('--out', 'event-types.ts')).toMatchObject({
      code: 0,
      out: '2 event types in event-types.ts\n',
    });
    const file = readFileSync(join(folder, 'event-types.ts'), 'utf8');
    expect((await types('--tenant', 'acme')).out).toBe(file);
    const { out: json } = await types('--json');
    expect(JSON.parse(json)).toEqual({ types: file });

    const start = `import type { DeliveryBody, EventTypes } from './event-types.ts';
import { createClient } from '${packages}/client/src/client.ts';
import { createVerifier } from '${packages}/verify/src/verify.ts';
const client = createClient<EventTypes>({ server: ${JSON.stringify(server.url)}, key: ${JSON.stringify(server.adminKey)} });
const verifier = createVerifier<DeliveryBody>({ dialect: 'standard', secret: ${JSON.stringify(secret)} });
const amount = { value: '1250', currency: 'EUR' } as const;
`;
    writeFileSync(
      join(folder, 'right.ts'),
      `${start}
await client.publish('acme', { type: 'payment.paid', payload: { id: 'a', amount, note: null } });
await client.publish('acme', [
  { type: 'payment.paid', payload: { id: 'b', amount }, orderingKey: 'b' },
  { type: 'payment.failed', payload: { reason: 'none' } },
]);
export async function read(headers: Headers, body: string): Promise<string> {
  const event = (await verifier.verify({ headers, body })).json();
  switch (event.type) {
    case 'payment.paid': return event.data.amount.currency;
    case 'payment.failed': return event.data.reason;
  }
}
`,
    );
    const wrong = [
      `{ type: 'payment.paid', payload: { id: 'a' } }`,
      `{ type: 'payment.paid', payload: { id: 1, amount } }`,
      `{ type: 'payment.paid', payload: { id: 'a', amount: { value: '1', currency: 'CHF' } } }`,
      `{ type: 'payment.paid', payload: { id: 'a', amount, nott: '' } }`,
      `{ type: 'payment.paidd', payload: { id: 'a', amount } }`,
      `{ type: 'payment.failed', payload: { id: 'a', amount } }`,
      `[{ type: 'payment.failed', payload: {} }]`,
    ];
    writeFileSync(
      join(folder, 'wrong.ts'),
      `${start}${wrong.map((event) => `// @ts-expect-error\nvoid client.publish('acme', ${event});\n`).join('')}
const event = (await verifier.verify({ headers: new Headers(), body: '' })).json();
// @ts-expect-error
event.data.reason;
`,
    );
    expect(await checkTypes(folder, 'right.ts', 'wrong.ts')).toBe('');
    await promisify(execFile)(process.execPath, ['right.ts'], { cwd: folder });
    await receiver.until(() => receiver.requests.length === 3);
    const bodies = receiver.requests.map(({ body }) => (JSON.parse(body) as { data: unknown }).data);
    expect(bodies).toContainEqual({ id: 'a', amount: { value: '1250', currency: 'EUR' }, note: null });
  },
);

test.each(dialects.map(({ name }) => name))(
  'the types of %s compile, and its samples fit them',
  { timeout: 60_000 },
  async (dialect) => {
    const tenant = `of-${dialect}`;
    await call('POST', '/tenants', { id: tenant, name: tenant, dialect });
    const file = `${dialect}.ts`;
    expect(await types('--tenant', tenant, '--from-examples', '--out', file)).toMatchObject({ code: 0 });
    if (dialect !== 'standard') {
      expect((await types('--dialect', dialect, '--from-examples')).out).toBe(
        readFileSync(join(folder, file), 'utf8'),
      );
    }
    const { samples } = dialects.find(({ name }) => name === dialect)?.events ?? { samples: [] };
    const taken = dialect === 'standard' ? [] : samples;
    const lines = taken.map(
      ({ type, payload }) => `take(${JSON.stringify(type)}, ${JSON.stringify(payload)});`,
    );
    writeFileSync(
      join(folder, `use-${file}`),
      `import type { DeliveryBody, EventTypes } from './${file}';
declare function take<Name extends keyof EventTypes>(name: Name, payload: EventTypes[Name]): void;
export type Body = DeliveryBody;
${lines.join('\n')}\n`,
    );
    expect(await checkTypes(folder, `use-${file}`)).toBe('');
  },
);

test('says what it cannot do', async () => {
  expect(await types('--tenant', 'nobody')).toMatchObject({
    code: 1,
    error: expect.stringContaining('nobody'),
  });
  expect(await types('--tenant', 'acme', '--dialect', 'chip')).toMatchObject({ code: 2 });
  expect(await types('--out', 'no/such/folder.ts')).toMatchObject({
    code: 1,
    error: expect.stringContaining('cannot write'),
  });
});
