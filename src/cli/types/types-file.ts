// The file of `carillon types`: the payload of each event type of a catalogue, and what is delivered. It imports nothing, and depends on the
// catalogue alone, so that it can be kept and compared.
import type { EventType } from '#contract/event-types.ts';
import { isJsonObject, type JsonValue } from '#lib/json.ts';
import { inferSchema } from './infer-schema.ts';
import { bare, commentOf, type Declaration, writeType } from './schema-type.ts';
import { comment, memberName, quote, TypeNames } from './source-text.ts';

export interface TypesFileTerms {
  readonly dialect: string;
  readonly types: readonly EventType[];
  /** The schema of the body of a delivery; null when this program does not know the dialect. */
  readonly body: JsonValue | null;
  /** Types without a schema get the type of their examples. */
  readonly isInferred: boolean;
}

export function writeTypesFile({ dialect, types, body, isInferred }: TypesFileTerms): string {
  const names = new TypeNames(['Array', 'EventTypes', 'EventTypeName', 'DeliveryBody']);
  const declared = types
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((type) => ({ type, ...declare(type, names, isInferred) }));
  const members = declared.map(
    ({ type, name }) => `${describe(type, '  ')}  ${quote(type.name)}: ${name};\n`,
  );
  const delivered = body === null ? null : writeDelivery(body, names);
  return [
    `// Made by carillon types from the event catalogue of the dialect ${JSON.stringify(dialect).slice(1, -1)}. Do not edit.\n`,
    `/** The payload of each event type, as it is published. */\nexport interface EventTypes {\n${members.join('')}}\n`,
    'export type EventTypeName = keyof EventTypes;\n',
    ...(delivered === null ? [] : [delivered]),
    ...declared.flatMap(({ type, declarations }) =>
      declarations.map((one, index) =>
        print(one, index === 0 ? describe(type, '') : commentOf(one.schema, '')),
      ),
    ),
  ].join('\n');
}

function declare(
  { name: typeName, schema, examples }: EventType,
  names: TypeNames,
  isInferred: boolean,
): { readonly name: string; readonly declarations: readonly Declaration[] } {
  const name = names.take(typeName);
  const given: JsonValue = schema ?? (isInferred ? inferSchema(examples) : null) ?? true;
  const { type, declarations } = writeType(given, name, names);
  return { name, declarations: [{ name, type, schema: given }, ...declarations] };
}

function describe({ description, deprecated }: EventType, indent: string): string {
  return comment(description ?? '', { isDeprecated: deprecated, indent });
}

function print({ name, type }: Declaration, above: string): string {
  return `${above}export type ${name} = ${bare(type)};\n`;
}

const about = '/** The body of a delivery, of one type or of any. */\n';
const perType = 'export type DeliveryBody<Type extends EventTypeName = EventTypeName> = ';

/** A body with `data` has the payload there; another one is of a form of its own. */
function writeDelivery(body: JsonValue, names: TypeNames): string {
  const properties = isJsonObject(body) && isJsonObject(body['properties']) ? body['properties'] : null;
  if (properties === null || !('data' in properties)) {
    const { type, declarations } = writeType(withoutIds(body), 'DeliveryBody', names);
    return [
      `${about}export type DeliveryBody = ${bare(type)};\n`,
      ...declarations.map((one) => print(one, '')),
    ].join('\n');
  }
  const members = Object.entries(properties).map(([name, schema]) => {
    const { type } = writeType(withoutIds(schema), 'DeliveryBody', names);
    const own = name === 'data' ? 'EventTypes[Name]' : name === 'type' ? 'Name' : bare(type);
    return `${commentOf(schema, '    ')}    ${memberName(name)}: ${own};\n`;
  });
  return `${about}${perType}{\n  [Name in Type]: {\n${members.join('')}  };\n}[Type];\n`;
}

/** Of a dialect, schemas with an `$id` are names of its OpenAPI document. */
function withoutIds(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (!isJsonObject(value)) return value;
  const { $id: _id, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, withoutIds(inner)]));
}
