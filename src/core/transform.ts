// Transforms: what a JavaScript function of an endpoint makes of an event before it is signed and sent. The room transforms/
// runs it; engine/content.ts decides when.
import type { Event } from './event.ts';
import type { JsonValue } from '#lib/json.ts';
import { checkOwnHeaderName, checkOwnHeaderValue, secretHeaders } from './headers.ts';
import type { TenantId } from './tenant.ts';

/** What a function is called with. */
export type TransformInput = Pick<
  Event,
  'id' | 'type' | 'mode' | 'occurredAt' | 'orderingKey' | 'metadata' | 'payload'
>;

export interface TransformCall {
  /** Whose turn it takes: calls of many tenants go round. */
  readonly tenant: TenantId;
  readonly source: string;
  readonly event: TransformInput;
}

/** What is wrong with a source, or what a call threw; line and column of the source, from 1, where they are known. */
export interface ScriptProblem {
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** What a delivery sends in place of the published payload. */
export interface Content {
  /** JSON in UTF-8. */
  readonly payload: Uint8Array;
  /** Besides those of the dialect; in place of static ones of the same names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Path and query in place of those of the URL; null for none. */
  readonly path: string | null;
}

/** `busy`: too many calls wait. The others with how long the call took. */
export type TransformResult =
  | { readonly kind: 'returned'; readonly content: Content; readonly durationMs: number }
  | { readonly kind: 'canceled'; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly problem: ScriptProblem; readonly durationMs: number }
  | { readonly kind: 'busy' };

/** Runs transforms in a sandbox, off the thread of the caller. */
export interface Transforms {
  /** Never rejects. */
  run(call: TransformCall): Promise<TransformResult>;
  /** What is wrong with a source; null for a function. */
  check(tenant: TenantId, source: string): Promise<ScriptProblem | 'busy' | null>;
  close(): Promise<void>;
}

/** Bytes of a source. */
export const transformBytesMax = 32 * 1024;
const headersMax = 20;
const headerNameMax = 100;
const headerValueMax = 2048;

/** Where it is, for people: `line 2, column 9: expecting ';'`. */
export function describeProblem({ message, line, column }: ScriptProblem): string {
  return line === null ? message : `line ${line}${column === null ? '' : `, column ${column}`}: ${message}`;
}

/**
 * A URL with another path and query; null when the path is not one. What a parser of URLs would rewrite is refused, so that
 * the scheme, the host and the port stay and what is sent is what was returned.
 */
export function withPath(url: string, path: string): string | null {
  const base = URL.parse(url);
  if (base === null || !/^\/(?![/\\])[\u0021-\u007e]*$/.test(path)) return null;
  const { origin, username, password } = base;
  const changed = URL.parse(path, origin);
  if (changed === null || changed.origin !== origin || username !== '' || password !== '') return null;
  return `${changed.pathname}${changed.search}` === path ? changed.href : null;
}

/** What the result of a function must keep to. */
export interface ContentRules {
  readonly url: string;
  readonly urlLengthMax: number;
  readonly payloadBytesMax: number;
  /** Headers of the signature. */
  readonly signatureNames: readonly string[];
  /** What is wrong with a payload, as one sentence; null when the form of the platform can carry it. */
  readonly checkPayload: (payload: JsonValue) => string | null;
}

/** What is wrong with what a function returned, as one sentence; null when it can be sent. */
export function checkContent({ payload, headers, path }: Content, rules: ContentRules): string | null {
  if (payload.length > rules.payloadBytesMax) {
    return `the payload has ${payload.length} bytes; it must have at most ${rules.payloadBytesMax}`;
  }
  if (path !== null && (withPath(rules.url, path)?.length ?? Infinity) > rules.urlLengthMax) {
    return 'path: must begin with one "/", be written as it is sent, and have no fragment';
  }
  const problem = checkHeaders(headers, rules.signatureNames);
  return problem ?? rules.checkPayload(JSON.parse(Buffer.from(payload).toString()));
}

function checkHeaders(headers: Content['headers'], signatureNames: readonly string[]): string | null {
  const entries = Object.entries(headers);
  if (entries.length > headersMax) return `headers: must be at most ${headersMax}`;
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const lower = name.toLowerCase();
    const problem = seen.has(lower) ? 'is given twice' : checkHeader(name, value, signatureNames);
    if (problem !== null) return `headers[${JSON.stringify(name.slice(0, 100))}]: ${problem}`;
    seen.add(lower);
  }
  return null;
}

function checkHeader(name: string, value: string, signatureNames: readonly string[]): string | null {
  if (name.length > headerNameMax) return `must be a name of at most ${headerNameMax} characters`;
  // What a function returns is kept with the delivery, and is shown in its log.
  if (secretHeaders.has(name.toLowerCase())) return 'is secret: set it with the endpoint, which encrypts it';
  const problem = checkOwnHeaderName(name, signatureNames);
  if (problem !== null) return problem;
  if (value.length > headerValueMax) return `must be at most ${headerValueMax} characters`;
  return checkOwnHeaderValue(value);
}
