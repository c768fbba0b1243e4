// Every operation of a dialect has a wire example of a request; the admin API's are counted in src/http/server.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { dialects } from '#dialects/index.ts';
import { expect, test } from 'vitest';

test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
  'every operation of %s has an example of a request that it accepts',
  (name, { operations }) => {
    const folder = `test/fixtures/${name}`;
    const requests = readdirSync(folder)
      .filter((file) => file.startsWith('request-') && file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))
      .filter((fixture) => 'command' in fixture.expect);
    const without = operations.filter(
      ({ method, path }) =>
        !requests.some(
          ({ request }) => request.method === method && isAt(path, request.target.split('?')[0]),
        ),
    );
    // A doubled slash is tolerated on every path; one example of it is enough.
    const missing = without.filter(({ path }) => !path.includes('//'));
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  },
);

function isAt(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
