// JSON Schema (draft 2020-12) of payloads, compiled once. What a schema costs is bounded: regular expressions run in linear
// time (RE2, so without look-around and back-references), references have a budget per payload, and nothing is fetched.
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { Format } from 'typebox/format';
import { RE2JS } from 're2js';
import { catalogueLimits } from '#core/catalogue.ts';
import type { FieldProblem } from '#core/fault.ts';
import { hasRepeats } from '#input/explain.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

export interface PayloadSchema {
  /** What is wrong with a payload of so many bytes, at the place `at`; empty for a valid one. */
  readonly findProblems: (payload: JsonValue, bytes: number, at: string) => readonly FieldProblem[];
}

/** Problems that a refusal names. */
const problemsMax = 20;
/** References that may be followed for a payload, besides one for each of its bytes. */
const stepsMin = 10_000;
/** No text in one of the formats is longer. */
const formattedLengthMax = 4096;

const draft = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const step = 'x-carillon-step';

/** Compiles a schema. Throws an error whose message says what is wrong with it. */
export function compilePayloadSchema(schema: JsonObject): PayloadSchema {
  checkForm(schema);
  const steps = { left: 0 };
  const ajv = createAjv(steps);
  const validate = ajv.compile(countReferences(schema) as JsonObject);
  return {
    findProblems(payload, bytes, at) {
      steps.left = stepsMin + bytes;
      try {
        if (validate(payload)) return [];
      } catch (error) {
        // Of a schema that refers to itself at one place of the payload, the stack may end before the budget.
        if (!(error instanceof BudgetError || error instanceof RangeError)) throw error;
        return [{ field: at, message: 'takes too many references of the schema to be checked' }];
      }
      return summarize(validate.errors ?? [], at);
    },
  };
}

class BudgetError extends Error {}

function checkForm(schema: JsonObject): void {
  const { schemaBytesMax, schemaDepthMax } = catalogueLimits;
  const text = JSON.stringify(schema);
  const bytes = Buffer.byteLength(text);
  if (bytes > schemaBytesMax)
    throw new Error(`is ${bytes} bytes of JSON; at most ${schemaBytesMax} are accepted`);
  if (depthOf(schema) > schemaDepthMax) throw new Error(`is nested deeper than ${schemaDepthMax} levels`);
  const { $schema } = schema;
  if ($schema !== undefined && !(typeof $schema === 'string' && draft.test($schema))) {
    throw new Error(
      'must be of draft 2020-12: leave out $schema, or name https://json-schema.org/draft/2020-12/schema',
    );
  }
  // The compiler takes every entry beside `contains` for evaluated, and would let through what the draft refuses.
  if (text.includes('"contains"') && text.includes('"unevaluatedItems"')) {
    throw new Error('must not have both contains and unevaluatedItems');
  }
  // A keyword of the compiler, not of the draft: the validation would be asynchronous.
  if (text.includes('"$async"')) throw new Error('must not have $async');
  const meta = new Ajv2020({ strict: false, logger: false });
  if (meta.validateSchema(schema) === true) return;
  const [first] = summarize(meta.errors ?? [], 'schema');
  throw new Error(`is no JSON Schema: ${first?.field ?? 'schema'} ${first?.message ?? ''}`.trimEnd());
}

function depthOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** One compiler per schema: no schema can refer to another, or take its name. */
function createAjv(steps: { left: number }): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    // Unknown keywords are annotations, as the draft says.
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
    ownProperties: true,
    // 19.99 is a multiple of 0.01.
    multipleOfPrecision: 9,
    code: { regExp: Object.assign(compilePattern, { code: '' }) },
    formats: Object.fromEntries(Format.Entries().map(([name, isRight]) => [name, bound(isRight)])),
  });
  ajv.addKeyword({
    keyword: step,
    before: '$ref',
    schemaType: 'boolean',
    errors: false,
    compile: () => () => {
      if (steps.left-- <= 0) throw new BudgetError();
      return true;
    },
  });
  // That of the compiler compares each entry with each other one.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    compile: (isUnique: boolean) => (list: readonly JsonValue[]) => !isUnique || !hasRepeats(list),
    error: { message: 'must not have an entry twice' },
  });
  return ajv;
}

function bound(isRight: (text: string) => boolean): (text: string) => boolean {
  return (text) => text.length <= formattedLengthMax && isRight(text);
}

/** The compiler tells patterns apart by their text. */
function compilePattern(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => compiled.test(text), toString: () => pattern };
}

/** Members whose values are data, not schemas. */
const dataKeywords: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'example']);
/** Members that hold schemas by names of any kind. */
const mapKeywords: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
]);

/** The schema with a step beside each reference. Without references, a schema looks at each place of a payload once. */
function countReferences(value: JsonValue, isMap = false): JsonValue {
  if (Array.isArray(value)) return value.map((entry: JsonValue) => countReferences(entry));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, inner]): [string, JsonValue] => {
    if (isMap) return [name, countReferences(inner)];
    return [name, dataKeywords.has(name) ? inner : countReferences(inner, mapKeywords.has(name))];
  });
  const isReference = typeof value['$ref'] === 'string' || typeof value['$dynamicRef'] === 'string';
  return Object.fromEntries(!isMap && isReference ? [...members, [step, true]] : members);
}

function summarize(errors: readonly ErrorObject[], at: string): readonly FieldProblem[] {
  // What failed within an alternative says more than that one of them failed.
  const own = errors.filter(({ keyword }) => keyword !== 'if');
  const problems = new Map<string, FieldProblem>();
  for (const error of own) {
    const problem = toProblem(error, at);
    problems.set(`${problem.field} ${problem.message}`, problem);
    if (problems.size === problemsMax) break;
  }
  return [...problems.values()];
}

function toProblem({ instancePath, keyword, params, message }: ErrorObject, at: string): FieldProblem {
  const field = at + toPath(instancePath);
  const named = (name: unknown): string => field + toPath(`/${escapePointer(String(name))}`);
  switch (keyword) {
    case 'required':
      return { field: named(params['missingProperty']), message: 'is required' };
    case 'additionalProperties':
      return { field: named(params['additionalProperty']), message: 'is not allowed' };
    case 'unevaluatedProperties':
      return { field: named(params['unevaluatedProperty']), message: 'is not allowed' };
    case 'enum':
      return { field, message: `must be one of ${shorten(JSON.stringify(params['allowedValues']))}` };
    case 'const':
      return { field, message: `must be ${shorten(JSON.stringify(params['allowedValue']))}` };
    default:
      return { field, message: shorten(message ?? 'is wrong').replace('must NOT', 'must not') };
  }
}

/** `/items/0/amount` as `.items[0].amount`. */
function toPath(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${shorten(name, 64)}`)).join('');
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function shorten(text: string, max = 200): string {
  return (text.length <= max ? text : `${text.slice(0, max - 1)}…`).toWellFormed();
}
