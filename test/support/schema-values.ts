// Values for property tests of JSON Schema validation: valid ones, and valid ones with one field made invalid.
import * as fc from 'fast-check';
import { isOfType, type Schema, typesOf } from '#input/keywords.ts';
import { isStorable } from '#input/text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';

/** Valid values of a schema. */
export function validValues(schema: object): fc.Arbitrary<JsonValue> {
  return valuesOf(schema);
}

function valuesOf(node: Schema): fc.Arbitrary<JsonValue> {
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(valuesOf));
  const types = typesOf(node);
  return types.length === 0 ? freeValues : fc.oneof(...types.map((type) => valuesOfType(type, node)));
}

/** Any JSON. Only a string that is the whole value has to be storable. */
const freeValues = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => typeof value !== 'string' || isStorable(value)) as fc.Arbitrary<JsonValue>;

function valuesOfType(type: string, node: Schema): fc.Arbitrary<JsonValue> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return textsOf(node);
    case 'integer':
      return fc.maxSafeInteger().map((number) => clamp(number, node));
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => clamp(number, node));
    case 'array':
      return listsOf(node);
    default:
      return objectsOf(node);
  }
}

function clamp(number: number, { minimum = -Infinity, maximum = Infinity }: Schema): number {
  return Math.min(maximum, Math.max(minimum, number));
}

function textsOf({ minLength = 0, maxLength = 50, pattern, format }: Schema): fc.Arbitrary<string> {
  const isRight = (text: string): boolean =>
    text.length >= minLength && text.length <= maxLength && isStorable(text);
  if (format !== undefined) return formats[format]?.filter(isRight) ?? fc.constant('');
  const longest = Math.min(maxLength, 50);
  if (pattern === undefined)
    return fc.string({ minLength, maxLength: longest, unit: 'grapheme' }).filter(isRight);
  return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' }).filter(isRight);
}

const formats: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'date-time': fc
    .date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true })
    .map((date) => date.toISOString()),
  uri: fc.webUrl(),
  url: fc.webUrl(),
  uuid: fc.uuid(),
};

function listsOf({
  items = {},
  minItems = 0,
  maxItems = 3,
  uniqueItems = false,
}: Schema): fc.Arbitrary<JsonValue> {
  const bounds = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) };
  if (!uniqueItems) return fc.array(valuesOf(items), bounds);
  return fc.uniqueArray(valuesOf(items), { ...bounds, selector: (item) => JSON.stringify(item) });
}

function objectsOf(node: Schema): fc.Arbitrary<JsonValue> {
  const { properties = {}, required = [], additionalProperties = true, patternProperties = {} } = node;
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, valuesOf(inner)]),
  );
  const listed = fc.record(members, { requiredKeys: [...required] });
  const [[pattern, inner] = ['^.*$', additionalProperties]] = Object.entries(patternProperties);
  if (inner === false) return listed;
  const names = textsOf(node.propertyNames ?? { pattern }).filter(
    (name) => name !== '__proto__' && !Object.hasOwn(properties, name),
  );
  const others = fc.dictionary(names, valuesOf(inner === true ? {} : inner), {
    maxKeys: Math.min(node.maxProperties ?? 3, 3),
  });
  return fc.tuple(listed, others).map(([some, more]) => ({ ...more, ...some }));
}

/** A value with one field made invalid. */
export interface Mutant {
  /** The broken keyword. */
  readonly what: string;
  /** The path of the invalid field. */
  readonly field: string;
  readonly value: JsonValue;
}

/** For each field of a valid value and each keyword of its schema: the value with that field made invalid. */
export function mutantsOf(schema: object, value: JsonValue): readonly Mutant[] {
  return mutate(schema, value, '');
}

function mutate(node: Schema, value: JsonValue, field: string): readonly Mutant[] {
  const bad = (what: string, value: JsonValue): Mutant => ({ what, field, value });
  if (node.anyOf !== undefined) {
    const branches = node.anyOf.map((branch) => badValues(branch, value).filter(([what]) => what !== 'text'));
    // Values whose type no alternative accepts.
    const refused = branches.reduce((some, more) =>
      some.filter(([, one]) => more.some(([, other]) => JSON.stringify(one) === JSON.stringify(other))),
    );
    return refused.map(([what, wrong]) => bad(what, wrong));
  }
  return [
    ...badValues(node, value).map(([what, wrong]) => bad(what, wrong)),
    ...(Array.isArray(value) ? mutateList(node, value, field) : []),
    ...(isJsonObject(value) ? mutateObject(node, value, field) : []),
  ];
}

/** Invalid replacements of a whole value, by keyword. */
function badValues(node: Schema, value: JsonValue): readonly (readonly [string, JsonValue])[] {
  const types = typesOf(node);
  const choices = node.enum ?? (node.const === undefined ? null : [node.const]);
  const ofOtherTypes = samples.filter(
    (sample) => types.length > 0 && !types.some((type) => isOfType(type, sample)),
  );
  const wrong: (readonly [string, JsonValue])[] = ofOtherTypes.map((sample) => ['type', sample]);
  if (choices !== null) return [...wrong, ['choice', 'not \u0001 one of them']];
  if (node['x-source'] !== true && (types.includes('string') || types.length === 0))
    wrong.push(['text', 'a\0'], ['text', '\ud800']);
  if (typeof value === 'string') wrong.push(...badTexts(node).map((text) => ['text', text] as const));
  if (typeof value === 'number') {
    if (node.minimum !== undefined) wrong.push(['minimum', node.minimum - 1]);
    if (node.maximum !== undefined) wrong.push(['maximum', node.maximum + 1]);
  }
  if (Array.isArray(value)) wrong.push(...badLists(node, value));
  return wrong;
}

const samples: readonly JsonValue[] = [null, true, 7, 1.5, 2 ** 53, '7', [], {}, { constructor: 1 }];

function badTexts({ minLength = 0, maxLength, pattern, format }: Schema): readonly string[] {
  const isMatch = (text: string): boolean => pattern === undefined || new RegExp(pattern, 'u').test(text);
  return [
    ...(minLength > 0 ? [''] : []),
    ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
    ...['', ' ', 'é\n', '~!', '*', '-'].filter((text) => !isMatch(text)),
    ...(format === undefined ? [] : ['', 'none', '2026-02-30T00:00:00Z', '2026-01-01T25:00:00Z']),
  ];
}

function badLists(node: Schema, list: readonly JsonValue[]): readonly (readonly [string, JsonValue])[] {
  const { minItems = 0, maxItems, uniqueItems = false } = node;
  const [first] = list;
  const wrong: (readonly [string, JsonValue])[] = [];
  if (minItems > 0) wrong.push(['minItems', list.slice(0, minItems - 1)]);
  if (first === undefined) return wrong;
  if (maxItems !== undefined) wrong.push(['maxItems', Array.from({ length: maxItems + 1 }, () => first)]);
  if (uniqueItems) wrong.push(['uniqueItems', [...list, first]]);
  return wrong;
}

function mutateList({ items }: Schema, list: readonly JsonValue[], field: string): readonly Mutant[] {
  const index = list.length - 1;
  const last = list[index];
  if (items === undefined || last === undefined) return [];
  return mutate(items, last, `${field}[${index}]`).map((mutant) => ({
    ...mutant,
    value: list.with(index, mutant.value),
  }));
}

function mutateObject(node: Schema, object: JsonObject, field: string): readonly Mutant[] {
  const { properties = {}, required = [], additionalProperties = true, patternProperties = {} } = node;
  const { propertyNames, maxProperties } = node;
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  const put = (name: string, inner: Schema, value: JsonValue): readonly Mutant[] =>
    mutate(inner, value, at(name)).map((mutant) => ({
      ...mutant,
      value: { ...object, [name]: mutant.value },
    }));
  const listed = Object.entries(properties).flatMap(([name, inner]) => {
    const value = object[name];
    return value === undefined ? [] : put(name, inner, value);
  });
  const missing = required.map((name) => {
    const { [name]: _, ...others } = object;
    return { what: 'required', field: at(name), value: others };
  });
  const [[pattern, inner] = ['', additionalProperties]] = Object.entries(patternProperties);
  const names = Object.keys(object).filter((name) => !Object.hasOwn(properties, name));
  // A name with a line break: the pattern of `Type.Record` does not match it, but its value must be validated too.
  if (pattern === '^.*$') names.push('a\nb');
  const others =
    typeof inner === 'boolean' ? [] : names.flatMap((name) => put(name, inner, object[name] ?? null));
  const unknown = ['nmae', 'constructor'].map((name) => ({
    what: 'additionalProperties',
    field: at(name),
    value: { ...object, [name]: 1 },
  }));
  const misnamed = (propertyNames === undefined ? [] : badTexts(propertyNames)).map((name) => ({
    what: 'propertyNames',
    field: at(name),
    value: { [name]: '' },
  }));
  const many = Array.from({ length: (maxProperties ?? 0) + 1 }, (_, index) => [`n${index}`, '']);
  const tooMany = { what: 'maxProperties', field, value: Object.fromEntries(many) as JsonObject };
  return [
    ...listed,
    ...missing,
    ...others,
    ...(additionalProperties === false ? unknown : []),
    ...misnamed,
    ...(maxProperties === undefined ? [] : [tooMany]),
  ];
}
