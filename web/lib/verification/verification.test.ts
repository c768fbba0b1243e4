// What the pages say of a signature is what each dialect signs, and they have code for it in each language. That the code
// verifies is shown where it is run: examples/samples.test.ts.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Message } from '#dialects/dialect.ts';
import { dialects } from '#dialects/index.ts';
import { systemRandom } from '#lib/random.ts';
import { languages, loadSample } from '../samples.ts';
import { headerOf, type Scheme, schemeOf, signedText } from './scheme.ts';

const body = '{"amount":"12.50","name":"Zoë’s, \\"x\\""}';

test('every language of the samples is shown', () => {
  const shown = languages.map(({ folder }) => folder).toSorted();
  expect(shown).toEqual(readdirSync('examples/verify').toSorted());
  expect(shown).toEqual(readdirSync('examples/publish').toSorted());
});

test.each(languages)('there is code in $name that publishes', async (language) => {
  expect(await loadSample(language, 'publish')).toContain('/admin/v1/tenants/acme/events');
});

describe.each(dialects)('$name', ({ name, createSecret, sign }) => {
  test.each(languages)('has code in $name that reads its headers', async (language) => {
    const scheme = findScheme(name);
    const code = await loadSample(language, scheme.sample);
    expect(code).toContain(scheme.header);
    expect(code).toContain(name);
    expect(code).toMatch(/genuine/i);
  });

  test('the signed string is what was signed', async () => {
    const scheme = findScheme(name);
    const { secret, attributes = {} } = await createSecret(systemRandom);
    const message = {
      event: { id: 'evt-1' },
      endpoint: { attributes },
      payload: Buffer.from(body),
      secrets: [secret],
    } as unknown as Message;
    const headers = await sign(message, Date.now());
    const expected =
      scheme.kind === 'timed' ? `evt-1.${headerOf(headers, 'webhook-timestamp')}.${body}` : body;
    expect(signedText(scheme, headers, body)).toBe(expected);
    expect(headerOf(headers, scheme.header)).toBeTruthy();
  });
});

function findScheme(dialect: string): Scheme {
  const scheme = schemeOf(dialect);
  if (scheme === undefined) throw new Error(`the pages do not know ${dialect}`);
  return scheme;
}
