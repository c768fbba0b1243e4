// Text of others inside of TypeScript source: it cannot end the comment, the literal or the name that it stands in.
import { toPlain } from '../output/terminal.ts';

/** A comment over the declaration below it; empty without text. Tags in the text, such as `@ts-ignore`, have no effect. */
export function comment(text: string, { isDeprecated = false, indent = '' } = {}): string {
  const lines = text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => neutralize(toPlain(line.toWellFormed())).trimEnd());
  const all = [...lines.join('\n').trim().split('\n'), ...(isDeprecated ? ['@deprecated'] : [])].filter(
    (line, index) => line !== '' || index > 0,
  );
  if (all.length === 0) return '';
  if (all.length === 1) return `${indent}/** ${all[0]} */\n`;
  return `${indent}/**\n${all.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

function neutralize(line: string): string {
  return line.replaceAll('*/', '*\\/').replaceAll(/(?<![\w\\])@(?=\w)/g, '\\@');
}

/** A string literal in single quotes. What cannot be seen is escaped, so that no text looks like another one. */
export function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escape)}'`;
}

function escape(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}

/** A member of an object type. */
export function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** Names of types, each given once: `payment.paid` becomes `PaymentPaid`, and another one of that name `PaymentPaid2`. */
export class TypeNames {
  readonly #taken: Set<string>;

  constructor(reserved: readonly string[]) {
    this.#taken = new Set(reserved);
  }

  take(...words: readonly string[]): string {
    const parts = words.flatMap((word) => word.split(/[^A-Za-z0-9]+/)).filter((part) => part !== '');
    const name = parts.map((part) => part.slice(0, 1).toUpperCase() + part.slice(1)).join('');
    const wanted = /^[A-Z]/.test(name) ? name.slice(0, 100) : `Type${name.slice(0, 100)}`;
    let free = wanted;
    for (let count = 2; this.#taken.has(free); count++) free = `${wanted}${count}`;
    this.#taken.add(free);
    return free;
  }
}
