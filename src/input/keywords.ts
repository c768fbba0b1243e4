// Keywords of JSON Schema: which are known, to which types they belong, and what stands beside them. A schema is
// checked once, at start: a constraint that is documented and not enforced would let wrong values in.
import { isJsonObject, type JsonValue } from '#lib/json.ts';
import { isTextFormat, type TextKeywords } from './text.ts';

/** The keywords of JSON Schema that constrain a value; others but annotations are refused. */
export interface Schema extends TextKeywords {
  readonly type?: string | readonly string[];
  readonly enum?: readonly JsonValue[];
  readonly const?: JsonValue;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  /** Any JSON, kept as the text that was written: its strings are not strings of the store. */
  readonly 'x-source'?: true;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  readonly anyOf?: readonly Schema[];
}

/** The schema with every keyword checked; throws an error with `path` for one that is not known or out of place. */
export function checkKeywords(schema: object, path: string): Schema {
  const keywords: Schema = schema;
  const types = typesOf(keywords);
  for (const [keyword, value] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue;
    const entry = Object.hasOwn(known, keyword) ? known[keyword] : undefined;
    if (entry === undefined) throw new Error(`${path}: the keyword ${keyword} is not known`);
    const [owners, isRight] = entry;
    if (!isRight(value, types)) throw new Error(`${path}: ${keyword} cannot be ${JSON.stringify(value)}`);
    if (owners.length > 0 && !owners.some((type) => types.includes(type))) {
      throw new Error(`${path}: ${keyword} needs the type ${owners.join(' or ')}`);
    }
  }
  checkNames(keywords, path);
  checkExclusive(keywords, path);
  checkChoices(keywords, path);
  return keywords;
}

/** Empty for any type. */
export function typesOf({ type = [] }: Schema): readonly string[] {
  return typeof type === 'string' ? [type] : type;
}

/** The values of `enum` or `const`; null where there is neither. */
export function choicesOf(keywords: Schema): readonly JsonValue[] | null {
  return keywords.enum ?? (keywords.const === undefined ? null : [keywords.const]);
}

export function isOfType(type: string, value: JsonValue): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'number':
      return Number.isFinite(value);
    case 'integer':
      return Number.isSafeInteger(value);
    default:
      return typeof value === type;
  }
}

const annotations: ReadonlySet<string> = new Set([
  '$id',
  'title',
  'description',
  'examples',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'x-problem',
  'x-source',
]);

const typeNames: readonly unknown[] = ['null', 'boolean', 'string', 'number', 'integer', 'array', 'object'];
const numbers = ['number', 'integer'];

type KeywordCheck = (value: unknown, types: readonly string[]) => boolean;

/** Each keyword with the types that it belongs to (none for all), and what its own value must be. */
const known: Readonly<Record<string, readonly [readonly string[], KeywordCheck]>> = {
  type: [[], (value) => [value].flat().every((name) => typeNames.includes(name))],
  enum: [[], (value) => isList(value) && value.every(isScalar)],
  const: [[], isScalar],
  anyOf: [[], (value) => isList(value) && value.length > 0 && value.every(isJsonObject)],
  minLength: [['string'], isCount],
  maxLength: [['string'], isCount],
  pattern: [['string'], isText],
  // A safe integer is always an int64.
  format: [
    ['string', 'integer'],
    (value, types) => isText(value) && (types.includes('string') ? isTextFormat(value) : value === 'int64'),
  ],
  minimum: [numbers, Number.isFinite],
  maximum: [numbers, Number.isFinite],
  items: [['array'], isJsonObject],
  minItems: [['array'], isCount],
  maxItems: [['array'], isCount],
  uniqueItems: [['array'], (value) => typeof value === 'boolean'],
  properties: [['object'], isSchemaMap],
  required: [['object'], (value) => isList(value) && value.every(isText)],
  patternProperties: [['object'], isSchemaMap],
  propertyNames: [['object'], isJsonObject],
  maxProperties: [['object'], isCount],
  additionalProperties: [['object'], (value) => typeof value === 'boolean' || isJsonObject(value)],
};

/** Some keywords say everything about a value: no other one but an annotation stands beside them. */
function checkExclusive(keywords: Schema, path: string): void {
  const names = Object.keys(keywords).filter((name) => !annotations.has(name));
  for (const name of names) {
    const may: readonly string[] | undefined = Object.hasOwn(exclusive, name) ? exclusive[name] : undefined;
    const beside = names.find((other) => other !== name && may?.includes(other) === false);
    if (beside !== undefined) throw new Error(`${path}: ${beside} cannot stand beside ${name}`);
  }
}

const exclusive: Readonly<Record<string, readonly string[]>> = {
  anyOf: [],
  enum: ['type'],
  const: ['type'],
};

function checkChoices(keywords: Schema, path: string): void {
  const types = typesOf(keywords);
  for (const choice of choicesOf(keywords) ?? []) {
    if (types.length === 0 || types.some((type) => isOfType(type, choice))) continue;
    throw new Error(`${path}: ${JSON.stringify(choice)} is not of the type ${types.join(' or ')}`);
  }
}

/** The compiled check looks names up with `in`, which finds what every object inherits: `toString`. */
function checkNames({ properties = {}, required = [] }: Schema, path: string): void {
  const inherited = Object.keys(properties).find(
    (name) => name in Object.prototype && name !== 'constructor',
  );
  if (inherited !== undefined) throw new Error(`${path}: every object inherits ${inherited}`);
  const missing = required.find((name) => !Object.hasOwn(properties, name));
  if (missing !== undefined) throw new Error(`${path}: ${missing} is required and not among the properties`);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isSchemaMap(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every(isJsonObject);
}
