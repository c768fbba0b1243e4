// Rules of the code base that the linters do not know.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const bans = [
  { ban: /(from |import\()'\.\.\/\.\.\//, hint: 'import across rooms with #room/file.ts' },
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
    // An alert goes to one, which is what its users call that.
    // Headers are stored by their names on the wire.
    except:
      /^(dialects|contract|cli)\/|^http\/(openapi|catalogue-document)\.ts$|^core\/commands\.ts$|\/alert[a-z-]*\.ts$|^store\/records\/headers\.ts$/,
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

const dialects = readdirSync('src/dialects', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test('every dialect folder holds the same files', () => {
  const names = ['auth', 'errors', 'events', 'index', 'routes', 'samples', 'signing', 'wire'];
  const shape = names.map((name) => `${name}.ts`);
  for (const folder of ['examples/tollgate/dialect', ...dialects.map((name) => `src/dialects/${name}`)]) {
    const found = readdirSync(folder).filter(
      (file) => /^[a-z-]+[.]ts$/.test(file) && !file.endsWith('.test.ts'),
    );
    expect(found.toSorted(), folder).toEqual(shape);
  }
});

test('every dialect runs the contract', () => {
  for (const name of dialects) {
    const test = readFileSync(`test/contracts/${name}.test.ts`, 'utf8');
    expect(test, name).toContain(`\ndialectContract(${name}, client,`);
    expect(test, name).toContain(`\ndialectServerContract(${name}, client,`);
  }
});

test.each(dialects.filter((name) => name !== 'standard'))(
  'the platform %s is named in its own folder only',
  (name) => {
    const word = new RegExp(`\\b${name}\\b`, 'i');
    const others = files.filter(
      (file) =>
        !file.startsWith(`dialects/${name}/`) && !file.startsWith('cli/demo') && file !== 'dialects/index.ts',
    );
    expect(others.length).toBeGreaterThan(100);
    expect(others.filter((file) => word.test(readFileSync(`src/${file}`, 'utf8')))).toEqual([]);
  },
);

test('no code asks which dialect it is', () => {
  // `=== undefined` asks whether a name was found.
  const question = /\bdialect(?:\.name)?\s*[=!]={1,2}(?!=|\s*(?:undefined|null)\b)|switch \(\S*dialect/i;
  expect(files.filter((file) => question.test(readFileSync(`src/${file}`, 'utf8')))).toEqual([]);
});
