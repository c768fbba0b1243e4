// Scaffolds a dialect: copies examples/tollgate under another name and registers the copy in src/dialects/index.ts.
// `npm run new:dialect <name>`
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const example = 'examples/tollgate';
const namePattern = /^[a-z][a-z0-9]{1,30}$/;

/** Creates the files below `root`, a copy of this repository; answers their paths. Throws when it cannot. */
export async function scaffoldDialect(root: string, name: string): Promise<readonly string[]> {
  if (!namePattern.test(name)) {
    throw new Error(`"${name}" cannot name a dialect: use 2 to 31 lower-case letters and digits`);
  }
  const copies = planCopies(root, name);
  const taken = copies.find(({ to }) => existsSync(join(root, to)));
  if (taken !== undefined) throw new Error(`${taken.to} exists; choose another name`);
  for (const { from, to } of copies) {
    await write(root, to, adapt(readFileSync(join(root, from), 'utf8'), to, name));
  }
  const index = 'src/dialects/index.ts';
  await write(root, index, register(readFileSync(join(root, index), 'utf8'), name));
  return [...copies.map(({ to }) => to), index];
}

interface Copy {
  readonly from: string;
  readonly to: string;
}

function planCopies(root: string, name: string): readonly Copy[] {
  const places: readonly Copy[] = [
    { from: 'dialect', to: `src/dialects/${name}` },
    { from: 'fixtures', to: `test/fixtures/${name}` },
    { from: 'client.ts', to: `test/contracts/clients/${name}.ts` },
    { from: 'contract.test.ts', to: `test/contracts/${name}.test.ts` },
  ];
  return places.flatMap(({ from, to }) => {
    const source = `${example}/${from}`;
    if (!statSync(join(root, source)).isDirectory()) return [{ from: source, to }];
    return readdirSync(join(root, source)).map((file) => ({
      from: `${source}/${file}`,
      to: `${to}/${file}`,
    }));
  });
}

/** The text of a file with the new name, and with paths that are right at its new place. */
function adapt(text: string, path: string, name: string): string {
  const contracts = path.includes('/clients/') ? '../' : './';
  return text
    .replaceAll(`${example}/fixtures`, `test/fixtures/${name}`)
    .replaceAll('./dialect/index.ts', `#dialects/${name}/index.ts`)
    .replaceAll('./client.ts', `./clients/${name}.ts`)
    .replaceAll('../../test/contracts/', contracts)
    .replaceAll('tollgate', name)
    .replaceAll('Tollgate', name.charAt(0).toUpperCase() + name.slice(1));
}

/** The index of dialects with an import and an entry more. */
function register(index: string, name: string): string {
  const end = index.lastIndexOf("/index.ts';\n") + "/index.ts';\n".length;
  const withImport = `${index.slice(0, end)}import { ${name} } from './${name}/index.ts';\n${index.slice(end)}`;
  const registered = withImport.replace(/(= \[[^\]]*?),?\s*\];/, `$1, ${name}];`);
  if (registered === withImport) throw new Error('src/dialects/index.ts has no list of dialects');
  return registered;
}

async function write(root: string, path: string, text: string): Promise<void> {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  const isFormatted = path.endsWith('.ts');
  const options = { ...(await resolveConfig(target)), filepath: target };
  writeFileSync(target, isFormatted ? await format(text, options) : text);
}

if (import.meta.main) {
  const name = process.argv[2] ?? '';
  try {
    const paths = await scaffoldDialect(process.cwd(), name);
    console.log(`${paths.map((path) => `wrote ${path}`).join('\n')}\n`);
    console.log(`Next: npx vitest run test/contracts/${name}.test.ts, and docs/dialects/adding-one.md`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
