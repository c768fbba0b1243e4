// Requests of the dialect suite on their way to the server, and what is expected of every refusal.
import { type Agent, request as httpRequest } from 'node:http';
import type { JsonValue } from '#lib/json.ts';
import Schema from 'typebox/schema';
import { expect } from 'vitest';
import type { Harness } from '../support/harness.ts';
import type { DialectClient, Refusal, WireCall } from './dialect-clients.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed; null for none. */
  readonly body: any;
}

export function toBytes(body: JsonValue | Uint8Array): Buffer {
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
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
