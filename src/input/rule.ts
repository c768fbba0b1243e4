// JSON Schema parser: turns a schema into rules, with defaults filled in and patterns compiled.
import type { JsonValue } from '#lib/json.ts';
import { checkKeywords, choicesOf, typesOf } from './keywords.ts';
import { createTextCheck, type TextCheck } from './text.ts';

/** One parsed schema. */
export interface Rule {
  /** Empty for any type. */
  readonly types: readonly string[];
  /** The values of `enum` or `const`; null where there is neither. */
  readonly choices: readonly JsonValue[] | null;
  readonly checkText: TextCheck;
  readonly minimum: number;
  readonly maximum: number;
  readonly items: Rule | null;
  readonly minItems: number;
  readonly maxItems: number;
  readonly hasUniqueItems: boolean;
  readonly properties: ReadonlyMap<string, Rule>;
  readonly required: ReadonlySet<string>;
  readonly patternProperties: readonly (readonly [RegExp, Rule])[];
  /** The rule of members that no other keyword names; false where there must be none. */
  readonly additionalProperties: Rule | boolean;
  /** The rule of every name; null for any name. */
  readonly propertyNames: Rule | null;
  readonly maxProperties: number;
  /** The alternatives of a union; empty where there is none. */
  readonly anyOf: readonly Rule[];
  /** The message for a value that matches no alternative. */
  readonly problem: string | null;
}

/** Throws an error with `name` and the place in the schema for a keyword or a format that is not known. */
export function parseRule(name: string, schema: object): Rule {
  return parse(schema, `schema ${name}`);
}

function parse(schema: object, path: string): Rule {
  const keywords = checkKeywords(schema, path);
  const at = (inner: object, place: string): Rule => parse(inner, `${path}/${place}`);
  const {
    items,
    properties = {},
    patternProperties = {},
    propertyNames,
    additionalProperties = true,
  } = keywords;
  const rule: Rule = {
    types: typesOf(keywords),
    choices: choicesOf(keywords),
    checkText: keywords['x-source'] === true ? acceptText : createTextCheck(keywords),
    minimum: keywords.minimum ?? -Infinity,
    maximum: keywords.maximum ?? Infinity,
    items: items === undefined ? null : at(items, 'items'),
    minItems: keywords.minItems ?? 0,
    maxItems: keywords.maxItems ?? Infinity,
    hasUniqueItems: keywords.uniqueItems ?? false,
    properties: new Map(Object.entries(properties).map(([name, inner]) => [name, at(inner, name)])),
    required: new Set(keywords.required),
    patternProperties: Object.entries(patternProperties).map(([pattern, inner]) => [
      // `Type.Record` writes the first form for any name; it would let names with a line break pass unchecked.
      new RegExp(pattern === '^.*$' ? '' : pattern, 'u'),
      at(inner, pattern),
    ]),
    additionalProperties:
      typeof additionalProperties === 'boolean'
        ? additionalProperties
        : at(additionalProperties, 'additionalProperties'),
    propertyNames: propertyNames === undefined ? null : at(propertyNames, 'propertyNames'),
    maxProperties: keywords.maxProperties ?? Infinity,
    anyOf: (keywords.anyOf ?? []).map((inner, index) => at(inner, `anyOf/${index}`)),
    problem: keywords['x-problem'] ?? null,
  };
  return joinChoices(rule);
}

const acceptText: TextCheck = () => null;

/** A union of constants is a choice, and has the message of one. */
function joinChoices(rule: Rule): Rule {
  const { anyOf } = rule;
  if (anyOf.length === 0 || anyOf.some(({ choices }) => choices === null)) return rule;
  return { ...rule, choices: anyOf.flatMap(({ choices }) => choices ?? []), anyOf: [] };
}
