// Property tests: the answer to any request is a documented one, and a refused request has changed nothing.
import { feedLimits } from '#core/feed.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { JsonValue } from '#lib/json.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DialectClient, OperationName } from './dialect-client.ts';
import { hostileSegments, hostileTexts, placesOf, put } from './dialect-values.ts';
import { propertyNames, toBytes } from './dialect-wire.ts';
import { type Changes, removes, type Tenant, type World } from './dialect-world.ts';

/** Requests per operation and property. */
function countRuns({ isMirror }: DialectClient, operation: OperationName): number {
  return isMirror?.(operation) === true ? 30 : 100;
}

export function describeProperties(world: World, client: DialectClient, dialect: Dialect): void {
  const document = readOperations(dialect);

  /** Sends what `arbitrary` makes of an operation: documented, never a failure, and refusals change nothing. */
  async function assertAlways<T>(
    operation: OperationName,
    arbitrary: (tenant: Tenant, ids: Ids) => fc.Arbitrary<T>,
    change: (made: T, ids: Ids) => Changes,
  ): Promise<void> {
    const { tenant, bystander, ids } = await openArena(world, client);
    const untouched = await world.snapshot(bystander);
    let before = await world.snapshot(tenant);
    const property = fc.asyncProperty(arbitrary(tenant, ids), async (made) => {
      const { status } = await world.ask(tenant, tenant.live, operation, change(made, ids));
      if (status < 300) await world.harness.turn();
      const after = await world.snapshot(tenant);
      if (status >= 300) expect(after).toBe(before);
      expect(await world.snapshot(bystander)).toBe(untouched);
      before = after;
      // Removed: the next request needs an endpoint to be about.
      if (status < 300 && removes(client, operation)) {
        ids.endpoint = client.idOf(await world.create(tenant));
        before = await world.snapshot(tenant);
      }
    });
    await fc.assert(property, { numRuns: countRuns(client, operation) });
  }

  test.each(document)('%s: any body', async (operation) => {
    const arbitrary = (tenant: Tenant, { endpoint }: Ids): fc.Arbitrary<Uint8Array> =>
      anyBody(world.write(tenant, operation, { id: endpoint }).body);
    await assertAlways(operation, arbitrary, (body, ids) => ({ id: ids.endpoint, body: renew(body, ids) }));
  });

  test.each(document)('%s: any query', async (operation) => {
    await assertAlways(
      operation,
      () => anyQuery(dialect, operation),
      (query, { endpoint }) => ({ id: endpoint, query, isRaw: true }),
    );
  });

  test.each(document.filter((name) => name.includes('{')))('%s: any id', async (operation) => {
    await assertAlways(
      operation,
      () => anySegment,
      (id) => ({ id, isRaw: true }),
    );
  });
}

/** The tenant that asks, with an endpoint in each mode, and one that must not be affected. */
interface Arena {
  readonly tenant: Tenant;
  readonly bystander: Tenant;
  readonly ids: Ids;
}

async function openArena(world: World, client: DialectClient): Promise<Arena> {
  const [tenant, bystander] = [await world.openTenant(), await world.openTenant()];
  await world.create(bystander);
  await world.create(tenant, tenant.test);
  const first = client.idOf(await world.create(tenant));
  return { tenant, bystander, ids: { first, endpoint: first } };
}

/** The endpoint that requests are about, and the one that they were about before any was removed. */
interface Ids {
  readonly first: string;
  endpoint: string;
}

/** A body that names the first endpoint names the present one. */
function renew(body: Uint8Array, { first, endpoint }: Ids): Uint8Array {
  if (first === endpoint) return body;
  return Buffer.from(Buffer.from(body).toString('latin1').replaceAll(first, endpoint), 'latin1');
}

/** Known before the server runs, so that each is a test of its own. Paths with a doubled slash are not described. */
function readOperations({ operations }: Dialect): readonly OperationName[] {
  return operations.map(nameOf).filter((name) => !name.includes('//'));
}

function nameOf({ method, path }: Dialect['operations'][number]): OperationName {
  return `${method} ${path}`;
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(...hostileTexts),
  fc.webUrl(),
  fc.uuid(),
);

const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  anyText,
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.array(anyText, { maxLength: 5 }),
);

/** Bytes, JSON, and right bodies with one thing about them changed, taken away or added. */
function anyBody(right: Buffer | null): fc.Arbitrary<Uint8Array> {
  const unrelated = fc.oneof(fc.uint8Array({ maxLength: 64 }), anyValue.map(toBytes));
  if (right === null) return unrelated;
  const whole: JsonValue = JSON.parse(right.toString());
  const path = fc.constantFrom(...placesOf(whole).map((place) => place.path));
  const changed = fc.tuple(path, fc.oneof(anyValue, fc.constant(undefined)));
  const added = fc.tuple(anyText, anyValue);
  return fc.oneof(
    { weight: 1, arbitrary: unrelated },
    { weight: 3, arbitrary: changed.map(([at, value]) => toBytes(put(whole, at, value))) },
    { weight: 1, arbitrary: added.map(([name, value]) => addMember(right, name, value)) },
  );
}

function addMember(right: Buffer, name: string, value: JsonValue): Buffer {
  return Buffer.from(`${right.toString().slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`);
}

const queryValues = [
  '1',
  '0',
  '-1',
  '20',
  '1e3',
  '9'.repeat(40),
  'true',
  'null',
  '*',
  'bz0w',
  '2026-01-02T03:04:05Z',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00%2B23:59',
];

/** Documented parameters with plausible values, and any characters; never what no HTTP client can send. */
function anyQuery(dialect: Dialect, operation: OperationName): fc.Arbitrary<string> {
  const { docs } = dialect.operations.find((each) => nameOf(each) === operation) ?? {};
  const names = [...propertyNames(docs?.query), 'limit', 'cursor', '__proto__'];
  const values = [...queryValues, ...dialect.events.samples.map(({ type }) => type)];
  const encoded = fc.string({ unit: 'grapheme' }).map(encodeURIComponent);
  const pair = fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, encoded),
      fc.oneof(fc.constantFrom(...values), encoded),
    )
    .filter(([name, value]) => name !== 'wait' || !isSeconds(value));
  return fc.oneof(
    fc
      .array(pair, { maxLength: 4 })
      .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`),
    fc
      .array(fc.constantFrom(...'%&=+;[]?/\'"<>{}|\\^`~@!$*()0aFf.:,-_'.split('')), { maxLength: 30 })
      .map((characters) => `?${characters.join('')}`),
  );
}

/** Whether a request would wait so long, while the clock stands still. */
const isSeconds = (value: string): boolean =>
  Number(value) > 0 && Number(value) * 1000 <= feedLimits.waitMsMax;

/** What may stand between two slashes of a path, as it is sent. */
const anySegment: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }).map(encodeURIComponent),
  fc.uuid(),
  fc.constantFrom(...hostileSegments),
  fc
    .array(fc.constantFrom(...'%&=+;[]\'"<>{}|\\^`~@!$*()0aFf.:,-_e'.split('')), {
      minLength: 1,
      maxLength: 30,
    })
    .map((characters) => characters.join('')),
);
