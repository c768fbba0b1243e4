// Requests of the dialect contract: written, sent to a server or read without one; and what is expected of refusals.
import { type Agent, request as httpRequest } from 'node:http';
import type { IssuedCredential } from '#core/caller.ts';
import type { Dialect, WireRequest } from '#dialects/dialect.ts';
import type { JsonValue } from '#lib/json.ts';
import { systemRandom } from '#lib/random.ts';
import Schema from 'typebox/schema';
import { expect } from 'vitest';
import { exampleCaller, exampleNow, exampleRequest } from '../support/examples.ts';
import type { Harness } from '../support/harness.ts';
import type { DialectClient, OperationName, Refusal, Scene, WireCall } from './dialect-client.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed; null for none. */
  readonly body: any;
}

export function toBytes(body: JsonValue | Uint8Array): Buffer {
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
}

/** What a request has in place of what is right. */
export interface CallChanges {
  readonly body?: JsonValue | Uint8Array;
  /** With the question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A right request of an operation with some changes, not yet authorized. */
export function writeCall(
  client: DialectClient,
  operation: OperationName,
  scene: Scene,
  { body, query = '', headers = {} }: CallChanges = {},
): WireCall {
  const [method = '', path = ''] = operation.split(' ');
  const wanted = body ?? client.bodies[operation]?.(scene) ?? null;
  const bytes = wanted === null && body === undefined ? null : toBytes(wanted);
  return {
    method,
    target: path.replace(/\{\w+\}/, () => scene.id) + query,
    headers: { ...(bytes === null ? {} : { 'content-type': 'application/json' }), ...headers },
    body: bytes,
  };
}

/** The request as the server hands it to a dialect, but for the parameters in its path. */
export function toWireRequest({ method, target, headers, body }: WireCall): WireRequest {
  const [path = '', query = ''] = target.split('?');
  return exampleRequest({
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    rawBody: body ?? new Uint8Array(),
  });
}

/** A right creation, authorized with this credential. */
export function authorizedCreation(client: DialectClient, credential: IssuedCredential): WireCall {
  const id = client.newId?.() ?? client.unknownId;
  const scene = { tenant: exampleCaller.tenant, now: exampleNow, url: 'https://example.com/hooks', id };
  return client.authorize(writeCall(client, client.roles.create, scene), credential, exampleNow);
}

/** The headers that the credentials of a dialect are in. */
export function credentialHeaders(dialect: Dialect, client: DialectClient): readonly string[] {
  const names = dialect.credentialKinds.flatMap((kind) => {
    const issued = dialect.issueCredential('live', systemRandom, kind);
    return Object.keys(authorizedCreation(client, issued).headers);
  });
  return [...new Set(names)].filter((name) => name !== 'content-type');
}

/** The members of an object's schema; none where there is no schema. */
export function propertyNames(schema: object | undefined): readonly string[] {
  const properties: unknown = schema !== undefined && 'properties' in schema ? schema.properties : undefined;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

export async function inject(
  { engine }: Harness,
  { method, target, headers, body }: WireCall,
): Promise<Answer> {
  const answered = await engine.http.inject({
    method: method as 'GET',
    url: target,
    headers,
    ...(body === null ? {} : { payload: body }),
  });
  return { status: answered.statusCode, headers: answered.headers, body: parse(answered.body) };
}

export function sendRaw(
  baseUrl: string,
  agent: Agent,
  { method, target, headers, body }: WireCall,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(body.length) };
    const options = { method, path: target, agent, headers: { ...headers, ...length } };
    const request = httpRequest(baseUrl, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(text) });
      });
    });
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

function parse(text: string): unknown {
  return text === '' ? null : JSON.parse(text);
}

// ---- what is expected of refusals

export function expectErrorForm(
  { errorForm, errorType }: DialectClient,
  { status, headers, body }: Answer,
): void {
  expect(status, JSON.stringify(body)).not.toBe(500);
  expect(headers['content-type']).toBe(errorType);
  const [isValid, errors] = validatorOf(errorForm).Errors(body);
  expect(isValid, `${JSON.stringify(body)}: ${JSON.stringify(errors)}`).toBe(true);
}

const validators = new Map<object, Schema.Validator>();

function validatorOf(schema: object): Schema.Validator {
  const known = validators.get(schema) ?? Schema.Compile(schema);
  validators.set(schema, known);
  return known;
}

export function expectRefusal(client: DialectClient, answer: Answer, [status, code]: Refusal): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expectErrorForm(client, answer);
  expect(client.codeOf(answer.body)).toBe(code);
}
