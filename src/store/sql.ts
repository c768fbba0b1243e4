// Parameterized SQL: the tag `sql` keeps text and values apart. A value that is interpolated is always bound as a
// parameter; only another Sql value becomes part of the text. So SQL injection does not compile into a statement.

/** What a statement can be given. An array is bound as one parameter: JSON in SQLite, an array in Postgres. */
export type Value = string | number | boolean | null | Uint8Array | readonly unknown[];

/** The text around the parameters: one part more than there are parameters. Equal shapes are one object. */
export interface Shape {
  readonly parts: readonly string[];
}

/** A statement or a fragment of one, with its parameters. Made by `sql` alone. */
export class Sql {
  readonly shape: Shape;
  readonly values: readonly Value[];

  constructor(shape: Shape, values: readonly Value[]) {
    this.shape = shape;
    this.values = values;
  }
}

/** Splices Sql values and binds everything else. */
export function sql(strings: TemplateStringsArray, ...given: readonly (Value | Sql)[]): Sql {
  let node = roots.get(strings);
  if (node === undefined) roots.set(strings, (node = newNode()));
  const values: Value[] = [];
  for (const one of given) {
    if (one instanceof Sql) {
      node = follow(node, one.shape);
      for (const value of one.values) values.push(value);
    } else {
      node = follow(node, null);
      values.push(one);
    }
  }
  node.shape ??= compose(strings, given);
  return new Sql(node.shape, values);
}

/**
 * Shapes are interned, so that a statement is rendered and prepared once: a tree for each template, with a branch for
 * each shape that stood in a place; null for a parameter.
 */
interface Node {
  shape: Shape | null;
  readonly next: Map<Shape | null, Node>;
}

const roots = new WeakMap<TemplateStringsArray, Node>();

function newNode(): Node {
  return { shape: null, next: new Map() };
}

function follow(node: Node, shape: Shape | null): Node {
  let next = node.next.get(shape);
  if (next === undefined) node.next.set(shape, (next = newNode()));
  return next;
}

function compose(strings: TemplateStringsArray, given: readonly (Value | Sql)[]): Shape {
  const parts = [strings[0] ?? ''];
  const append = (text: string): void => void parts.push(`${parts.pop() ?? ''}${text}`);
  given.forEach((one, index) => {
    if (one instanceof Sql) {
      const [first = '', ...others] = one.shape.parts;
      append(first);
      parts.push(...others);
    } else parts.push('');
    append(strings[index + 1] ?? '');
  });
  return { parts };
}

/** The text of a shape; `placeholder` names the parameters, numbered from 1. */
export function render({ parts }: Shape, placeholder: (number: number) => string): string {
  return parts.map((part, index) => (index === 0 ? part : placeholder(index) + part)).join('');
}

const words = new Map<string, Sql>();

/**
 * A name or number that stands in the text itself, where the database takes no parameter. Throws for anything but
 * letters, digits and underscores.
 */
export function word(text: string): Sql {
  let known = words.get(text);
  if (known === undefined) {
    if (!/^\w+$/.test(text)) throw new TypeError(`${JSON.stringify(text)} is not a word of SQL`);
    words.set(text, (known = new Sql({ parts: [text] }, [])));
  }
  return known;
}

const comma = sql`, `;

/** The items one after the other, with the separator between them. */
export function join(items: readonly Sql[], separator = comma): Sql {
  return items.reduce((before, item) => sql`${before}${separator}${item}`);
}

/** The names of these columns, each of the table `of` where that is given: `e.id, e.url`. */
export function columnList(names: readonly string[], of?: string): Sql {
  return join(names.map((name) => (of === undefined ? word(name) : sql`${word(of)}.${word(name)}`)));
}

/** The values of a row, under the names of their columns. */
export type Row = Readonly<Record<string, Value>>;

/** An insert of one row. */
export function insertInto(table: string, row: Row): Sql {
  const values = Object.values(row).map((value) => sql`${value}`);
  return sql`insert into ${word(table)} (${columnList(Object.keys(row))}) values (${join(values)})`;
}

/** What stands after `set` in an update: `url = ?, enabled = ?`. */
export function assignments(row: Row): Sql {
  return join(Object.entries(row).map(([name, value]) => sql`${word(name)} = ${value}`));
}

/** A failure of the database itself, and what to do about it, in one line. */
export class StoreError extends Error {
  /** True when the database may work in a moment without anything being changed: its server is not up yet. */
  readonly isTransient: boolean;

  constructor(message: string, cause?: unknown, isTransient = false) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.isTransient = isTransient;
  }
}

/** Sorts after every other: what begins with a text is between that text and it with this one behind. */
export const lastCharacter = '\u{10FFFF}';

/** A column that holds JSON, as this room has written it. */
export function parseJson<Json>(text: string): Json {
  return JSON.parse(text) as Json;
}
