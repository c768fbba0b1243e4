// HTTP client of the demo's platforms.
import type { IssuedCredential } from '#contract/credentials.ts';
import { isJsonObject, type JsonObject } from '#lib/json.ts';
import { reach } from '../client.ts';
import type { Site } from './platform.ts';
import { Failure } from '../failure.ts';

/** Authentication headers of a request. Some platforms sign the exact text of the body. */
export type Authorize = (text: string) => Readonly<Record<string, string>>;

export async function post(
  { serverUrl }: Site,
  path: string,
  body: JsonObject,
  authorize: Authorize,
): Promise<JsonObject> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', ...authorize(text) };
  const response = await reach(new URL(path, serverUrl), { method: 'POST', headers, body: text });
  const answer = await response.text();
  if (!response.ok) throw new Failure(`POST ${path} returned ${response.status}: ${answer}`);
  const value: unknown = JSON.parse(answer);
  if (!isJsonObject(value)) throw new Failure(`the answer to POST ${path} is not a JSON object`);
  return value;
}

/** A field of an answer. Throws `Failure` unless it is a string. */
export function readText(answer: JsonObject, name: string): string {
  const value = answer[name];
  if (typeof value !== 'string') throw new Failure(`the answer has no "${name}"`);
  return value;
}

export function bearer({ credential }: Site): Authorize {
  if (credential.kind !== 'bearer') throw new Failure('the credential is not a bearer token');
  const { token } = credential;
  return () => ({ authorization: `Bearer ${token}` });
}

export function keyPair({ credential }: Site): Extract<IssuedCredential, { kind: 'key-pair' }> {
  if (credential.kind !== 'key-pair') throw new Failure('the credential is not a key pair');
  return credential;
}
