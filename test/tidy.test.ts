import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const bans = [
  { ban: /\.\.\/\.\.\//, hint: 'import across rooms with #room/file.ts' },
  { ban: /process\.env/, except: /^config\.ts$/, hint: 'only config.ts reads the environment' },
  {
    ban: /Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(/,
    except: /^lib\//,
    hint: 'take the Clock or Random you were given',
  },
  { ban: /\bsql`/, except: /^store\//, hint: 'SQL lives in store/' },
  {
    ban: /webhook|subscription/i,
    // OpenAPI has a section of this name.
    except: /^(dialects|contract|cli)\/|^http\/openapi\.ts$/,
    hint: 'say endpoint, event, delivery or attempt',
  },
];
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<![.]test)[.]ts$/.test(file),
);

test.each(files)('%s is tidy', (file) => {
  const text = readFileSync(`src/${file}`, 'utf8');
  const broken = bans.filter(({ ban, except }) => ban.test(text) && except?.test(file) !== true);
  expect(broken.map(({ hint }) => hint)).toEqual([]);
});

test('every dialect folder holds the same files', () => {
  const shape = ['auth.ts', 'errors.ts', 'events.ts', 'index.ts', 'routes.ts', 'signing.ts', 'wire.ts'];
  const folders = readdirSync('src/dialects', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.length).toBeGreaterThan(0);
  for (const folder of folders) {
    const found = readdirSync(`src/dialects/${folder.name}`).filter(
      (file) => /^[a-z-]+[.]ts$/.test(file) && !file.endsWith('.test.ts'),
    );
    expect(found.toSorted(), folder.name).toEqual(shape);
  }
});
