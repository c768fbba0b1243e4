// Wire examples of a dialect: each file of its fixture folder is one example, compared byte for byte.
// `test/fixtures/README.md` describes their form.
import { Fault, type FaultCode, type FieldProblem } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Dialect, Operation, WireRequest, WireResponse } from '#dialects/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#lib/json.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  exampleAttempt,
  exampleCaller,
  exampleDelivery,
  exampleEndpoint,
  exampleEvent,
  exampleNow,
  exampleRequest,
  exampleRequestId,
} from '../support/examples.ts';
import { toWireRequest } from './dialect-wire.ts';

/** Members of every example. */
interface About {
  readonly about: string;
  /** Taken from the platform's documents, concluded from them, or decided here. */
  readonly provenance: 'documented' | 'inferred' | 'ours';
}

interface RequestText {
  readonly method: string;
  /** With the query, as on the request line. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The exact text, or bytes that no text can stand for. */
  readonly body?: string;
  readonly bodyBase64?: string;
}

interface FaultText {
  readonly code: FaultCode;
  /** The names of the wrong fields, in any order. */
  readonly fields?: readonly string[];
}

interface ReplyText {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** Left out: an empty body. The order of members counts. */
  readonly body?: JsonValue;
}

/** One example of each kind. */
type Fixture = About &
  (
    | {
        readonly kind: 'request';
        readonly request: RequestText;
        readonly expect:
          { readonly command: string; readonly input: JsonObject } | { readonly fault: FaultText };
      }
    | {
        readonly kind: 'authentication';
        readonly request: RequestText;
        /** With which a signed request is checked, whose credential it is, and when. */
        readonly secret?: string;
        readonly tenant?: string;
        readonly now?: number;
        readonly expect:
          { readonly proof: JsonObject; readonly problem?: FaultCode | null } | { readonly fault: FaultText };
      }
    | {
        readonly kind: 'reply';
        /** `METHOD /path/{id}` as in the dialect's table. */
        readonly operation: string;
        readonly request?: RequestText;
        readonly result: JsonValue;
        readonly expect: ReplyText;
      }
    | {
        readonly kind: 'fault';
        readonly fault: {
          readonly code: FaultCode;
          readonly message: string;
          readonly fields?: readonly FieldProblem[];
          readonly retryAfterSeconds?: number;
        };
        readonly expect: ReplyText;
      }
    | {
        readonly kind: 'delivery';
        readonly event: JsonValue;
        readonly endpoint: JsonValue;
        readonly secrets: readonly string[];
        readonly now: number;
        readonly expect: { readonly headers: Readonly<Record<string, string>>; readonly payload: string };
      }
  );

const kinds = ['request', 'authentication', 'reply', 'fault', 'delivery'];
const provenances = ['documented', 'inferred', 'ours'];

export function describeFixtures(dialect: Dialect, folder: string): void {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

  describe('wire examples', () => {
    test('there is at least one request, reply, fault and delivery', () => {
      const found = new Set(files.map((file) => readFixture(join(folder, file)).kind));
      for (const kind of ['request', 'reply', 'fault', 'delivery']) expect(found).toContain(kind);
    });

    test.each(files)('%s', async (file) => {
      const fixture = readFixture(join(folder, file));
      expect(kinds).toContain(fixture.kind);
      expect(provenances).toContain(fixture.provenance);
      expect(fixture.about).not.toBe('');
      await run(dialect, fixture);
    });
  });
}

function readFixture(path: string): Fixture {
  return JSON.parse(readFileSync(path, 'utf8')) as Fixture;
}

async function run(dialect: Dialect, fixture: Fixture): Promise<void> {
  switch (fixture.kind) {
    case 'request':
      return runRequest(dialect, fixture);
    case 'authentication':
      return runAuthentication(dialect, fixture);
    case 'reply':
      return runReply(dialect, fixture);
    case 'fault':
      return runFault(dialect, fixture);
    case 'delivery':
      return runDelivery(dialect, fixture);
  }
}

type Of<K extends Fixture['kind']> = Extract<Fixture, { kind: K }>;

function runRequest(dialect: Dialect, fixture: Of<'request'>): void {
  const { operation, request } = route(dialect, fixture.request);
  const parse = (): unknown => operation.parse(request);
  if ('fault' in fixture.expect) expectFault(parse, fixture.expect.fault);
  else {
    expect(operation.command).toBe(fixture.expect.command);
    expect(parse()).toStrictEqual(fixture.expect.input);
  }
}

function runAuthentication(dialect: Dialect, fixture: Of<'authentication'>): void {
  const request = toRequest(fixture.request);
  if ('fault' in fixture.expect) {
    expectFault(() => dialect.authenticate(request), fixture.expect.fault);
    return;
  }
  const proof = dialect.authenticate(request);
  expect(proof).toMatchObject(fixture.expect.proof);
  if (proof.kind !== 'signed') return;
  const problem = dialect.checkSignature?.(
    proof.evidence,
    { tenant: (fixture.tenant ?? exampleCaller.tenant) as TenantId, secret: fixture.secret ?? '' },
    fixture.now ?? exampleNow,
  );
  expect(problem?.code ?? null).toBe(fixture.expect.problem ?? null);
}

function runReply(dialect: Dialect, fixture: Of<'reply'>): void {
  const operation = dialect.operations.find(({ method, path }) => `${method} ${path}` === fixture.operation);
  if (operation === undefined) throw new Error(`${fixture.operation} is no operation of ${dialect.name}`);
  const request = fixture.request === undefined ? exampleRequest() : toRequest(fixture.request);
  // The example holds the result of exactly this command; the union of all commands can't say so.
  const reply = operation.reply as (result: unknown, request: WireRequest) => WireResponse;
  const response = reply(revive(fixture.result), request);
  expectReply(response, fixture.expect);
  expect(Object.keys(operation.docs.responses)).toContain(String(response.status));
}

function runFault(dialect: Dialect, fixture: Of<'fault'>): void {
  const { code, message, ...more } = fixture.fault;
  expectReply(dialect.faults[code](new Fault(code, message, more), exampleRequestId), fixture.expect);
}

async function runDelivery(dialect: Dialect, fixture: Of<'delivery'>): Promise<void> {
  const event = exampleEvent(revive(fixture.event) as object);
  const endpoint = exampleEndpoint(revive(fixture.endpoint) as object);
  const payload = dialect.render(event, endpoint);
  expect(Buffer.from(payload).toString()).toBe(fixture.expect.payload);
  const headers = await dialect.sign({ event, endpoint, payload, secrets: fixture.secrets }, fixture.now);
  expect(headers).toStrictEqual(fixture.expect.headers);
}

function expectFault(run: () => unknown, expected: FaultText): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.code).toBe(expected.code);
    const fields = error.fields.map(({ field }) => field);
    if (expected.fields !== undefined) expect(fields.toSorted()).toEqual([...expected.fields].sort());
    return;
  }
  expect.fail(`should have been refused with ${expected.code}`);
}

function expectReply(response: WireResponse, expected: ReplyText): void {
  expect(response.status).toBe(expected.status);
  expect(response.headers ?? {}).toEqual(expected.headers ?? {});
  expect(response.contentType ?? 'application/json').toBe(expected.contentType ?? 'application/json');
  expect(JSON.stringify(response.body, null, 2)).toBe(JSON.stringify(expected.body, null, 2));
}

/** The operation of a request line: literal parts win over parameters, as in every router. */
function route(dialect: Dialect, text: RequestText): { operation: Operation; request: WireRequest } {
  const request = toRequest(text);
  const candidates = dialect.operations
    .filter(({ method }) => method === request.method)
    .toSorted((a, b) => countParameters(a.path) - countParameters(b.path));
  for (const operation of candidates) {
    const params = matchPath(operation.path, request.path);
    if (params !== null) return { operation, request: { ...request, params } };
  }
  throw new Error(`${request.method} ${request.path} is no route of ${dialect.name}`);
}

function countParameters(path: string): number {
  return path.split('{').length;
}

function matchPath(template: string, path: string): Record<string, string> | null {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = decodeURIComponent(actual);
    else if (part !== actual) return null;
  }
  return params;
}

function toRequest({ method, target, headers = {}, body = '', bodyBase64 }: RequestText): WireRequest {
  const bytes = bodyBase64 === undefined ? Buffer.from(body) : Buffer.from(bodyBase64, 'base64');
  return toWireRequest({ method, target, headers, body: bytes });
}

/** Core values from an example: `{"$endpoint": {…}}` and its like are the contract's own, with changes. */
function revive(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map((item: JsonValue) => revive(item));
  if (!isJsonObject(value)) return value;
  const [entry, ...others] = Object.entries(value);
  const make = entry === undefined || others.length > 0 ? undefined : makers[entry[0]];
  if (entry !== undefined && make !== undefined) return make(revive(entry[1]));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revive(inner)]));
}

const makers: Readonly<Record<string, (inner: unknown) => unknown>> = {
  $text: (text) => Buffer.from(String(text)),
  $base64: (text) => Buffer.from(String(text), 'base64'),
  $endpoint: (over) => exampleEndpoint(over as object),
  $event: (over) => exampleEvent(over as object),
  $delivery: (over) => exampleDelivery(over as object),
  $attempt: (over) => exampleAttempt(over as object),
};
