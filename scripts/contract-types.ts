// Prints the types of the contract from its schemas, with their descriptions as comments: for packages that ship without
// the schema library.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format } from 'prettier';

const contract = join(import.meta.dirname, '../src/contract');

/** The members of a JSON schema that a type depends on. */
interface Schema {
  readonly $id?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** Where a schema with an `$id` is declared. */
type Places = ReadonlyMap<string, { readonly file: string; readonly name: string }>;

/**
 * Writes a declaration file for each file of the contract but the table of routes. `compiled` has the contract in JavaScript,
 * and is changed.
 */
export async function writeContract(folder: string, compiled: string): Promise<void> {
  const scripts = readdirSync(compiled).filter((file) => file.endsWith('.js'));
  const names = scripts.map((file) => basename(file, '.js'));
  for (const name of names) exportSchemas(join(compiled, `${name}.js`));
  const files = await Promise.all(
    names.filter((name) => name !== 'routes').map((name) => readFile(name, compiled)),
  );
  const places = new Map(files.flatMap(({ file, schemas }) => placesOf(file, schemas)));
  mkdirSync(folder, { recursive: true });
  for (const one of files) {
    const text = await format(print(one, places), { parser: 'typescript', singleQuote: true });
    writeFileSync(join(folder, `${one.file}.d.ts`), text);
  }
}

/** Types are also made of the schemas that a file keeps to itself. */
function exportSchemas(path: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/^const (?=[A-Z])/gm, 'export const '));
}

interface ContractFile {
  readonly file: string;
  readonly source: string;
  readonly schemas: Readonly<Record<string, Schema>>;
}

async function readFile(file: string, compiled: string): Promise<ContractFile> {
  const loaded = (await import(join(compiled, `${file}.js`))) as Readonly<Record<string, unknown>>;
  const schemas = Object.entries(loaded).filter(([name]) => /^[A-Z]/.test(name));
  return {
    file,
    source: readFileSync(join(contract, `${file}.ts`), 'utf8'),
    schemas: Object.fromEntries(schemas) as Readonly<Record<string, Schema>>,
  };
}

function placesOf(file: string, schemas: Readonly<Record<string, Schema>>) {
  return Object.entries(schemas).flatMap(([name, { $id }]) =>
    $id === undefined ? [] : [[$id, { file, name }] as const],
  );
}

/** The types of a file: those of schemas that have a name, as the schemas say, and others as they are written. */
function print({ file, source, schemas }: ContractFile, places: Places): string {
  const written = [...source.matchAll(/^export (?:type|interface) (\w+)[^]*?(?:;|^\})\n/gm)];
  const ofSchemas = Object.entries(schemas)
    .filter(([name, { $id }]) => $id !== undefined || written.some(([, typeName]) => typeName === name))
    .map(
      ([name, schema]) =>
        `${commentOf(schema)}export type ${name} = ${typeOf(schema, file, places, true)};\n`,
    );
  const others = written.filter(([, name = '']) => schemas[name] === undefined).map(([text]) => text);
  return ['export {};\n', ...others, ...ofSchemas].join('\n');
}

function typeOf(schema: Schema, file: string, places: Places, isDeclaration = false): string {
  const { $id = '', type } = schema;
  const place = isDeclaration ? undefined : places.get($id);
  const inner = (schema: Schema): string => typeOf(schema, file, places);
  if (place !== undefined) {
    const name = place.file === file ? place.name : `import('./${place.file}.js').${place.name}`;
    return isNullable(schema) ? `${name} | null` : name;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(inner).join(' | ');
  if (typeof type === 'object') return type.map((type) => inner({ ...schema, type })).join(' | ');
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
      return 'number';
    case 'array':
      return `(${inner(schema.items ?? {})})[]`;
    case 'object':
      return objectOf(schema, inner);
    case undefined:
      return `import('./schema.js').JsonValue`;
    default:
      throw new Error(`a schema has the type ${type}, which has no TypeScript here`);
  }
}

function isNullable({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes('null');
}

function objectOf(schema: Schema, inner: (schema: Schema) => string): string {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    const value = typeof additionalProperties === 'object' ? additionalProperties : {};
    return `{ readonly [name: string]: ${inner(value)} }`;
  }
  const members = Object.entries(properties).map(([name, member]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${commentOf(member)}${JSON.stringify(name)}${mark}: ${inner(member)};`;
  });
  return `{\n${members.join('\n')}\n}`;
}

function commentOf({ description }: Schema): string {
  return description === undefined ? '' : `/** ${description.replaceAll('*/', '*\\/')} */\n`;
}
