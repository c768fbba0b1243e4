// The served OpenAPI documents: linted by Redocly's recommended rules, and held against what the tables and the dialects do.
import { lintFromString, loadConfig } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { dialects } from '#dialects/index.ts';
import { Fault, type FaultCode } from '#core/fault.ts';
import { defaultLimits } from '#core/limits.ts';
import { systemRandom } from '#lib/random.ts';
import { exampleEndpoint, exampleEvent } from '../support/examples.ts';
import { createHttpFakes } from '../support/http-fakes.ts';
import type { EveryBodyIsOfTheContract } from '#http/admin/api.ts';
import { createHttpServer } from '#http/server.ts';

const limits = { ...defaultLimits, eventTypesMax: 7, batchEventsMax: 11, urlLengthMax: 300 };
const noCatalogue = { listEventTypes: async () => ({ items: [], nextCursor: null }) };
let app: FastifyInstance;
beforeAll(async () => {
  app = await createHttpServer(createHttpFakes({ dialects, limits }, noCatalogue).deps);
});
afterAll(() => app.close());

const names = ['admin', 'portal', ...dialects.map(({ name }) => name)];

async function read(name: string): Promise<any> {
  const path = name === 'admin' ? '/openapi.json' : `/openapi/${name}.json`;
  return (await app.inject(path)).json();
}

/** Every operation of a document, the deliveries apart. */
function operationsOf(document: any): any[] {
  return Object.values<object>(document.paths).flatMap((methods) => Object.values(methods));
}

describe.each(names)('the document of %s', (name) => {
  test('has nothing that Redocly minds', async () => {
    const config = await loadConfig({ configPath: 'redocly.yaml' });
    const source = JSON.stringify(await read(name));
    const problems = await lintFromString({
      source,
      absoluteRef: `${name}.json`,
      config: config.forAlias(name),
    });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  test('has no name that ends in a counter, and no keyword of ours', async () => {
    const document = await read(name);
    const operationIds: string[] = operationsOf(document).map(({ operationId }) => operationId);
    expect(new Set(operationIds).size).toBe(operationIds.length);
    const named = [...operationIds, ...Object.keys(document.components.schemas)];
    expect(named.filter((one) => /\d$/.test(one))).toEqual([]);
    expect(JSON.stringify(document)).not.toMatch(/"x-problem"|"\$id"/);
  });

  test('says of every operation that the server may be in trouble, and who is not let in', async () => {
    const document = await read(name);
    const statuses = (codes: readonly FaultCode[]): string[] => {
      const faults = dialects.find((dialect) => dialect.name === name)?.faults;
      if (faults === undefined) return ['401', '500', '503'];
      return codes.map((code) => String(faults[code](new Fault(code, 'x'), 'request').status));
    };
    for (const { operationId, responses, security } of operationsOf(document)) {
      if (security?.length === 0) continue;
      const wanted = statuses(['key_missing', 'key_unknown', 'internal', 'unavailable']);
      expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(wanted));
    }
  });
});

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
  'deliveries of %s',
  (name, dialect) => {
    test('carry the documented headers', async () => {
      const { webhooks } = await read(name);
      const sample = dialect.events.samples[0];
      if (sample === undefined) throw new Error('a dialect has samples');
      const { secret, attributes = {} } = await dialect.createSecret(systemRandom);
      const endpoint = exampleEndpoint({ attributes });
      const event = exampleEvent({ type: sample.type, payload: Buffer.from(JSON.stringify(sample.payload)) });
      const payload = dialect.render(event, endpoint);
      const signed = await dialect.sign({ event, endpoint, payload, secrets: [secret] }, 1);
      const documented: { name: string }[] = webhooks[sample.type].post.parameters;
      // In the spelling in which they leave.
      const headers = Object.keys(signed).filter((header) => header.toLowerCase() !== 'content-type');
      expect(documented.map((one) => one.name).toSorted()).toEqual(headers.toSorted());
    });

    test('are documented for every event type that exists, with examples', async () => {
      const { webhooks } = await read(name);
      for (const type of Object.keys(webhooks)) expect(dialect.events.checkType(type), type).toBeNull();
      for (const { type } of dialect.events.samples) {
        expect(webhooks[type].post.requestBody.content['application/json'].example, type).toBeTypeOf(
          'object',
        );
      }
    });
  },
);

test('the configured limits and the dialects are in the document', async () => {
  const { schemas } = (await read('admin')).components;
  expect(schemas.CreateTenant.properties.dialect.enum).toEqual(dialects.map(({ name }) => name));
  expect(schemas.PublishBatch.properties.events).toMatchObject({ minItems: 1, maxItems: 11 });
  for (const { properties } of [schemas.CreateEndpoint, schemas.ChangeEndpoint]) {
    expect(properties.url).toMatchObject({ format: 'uri', maxLength: 300 });
    expect(properties.eventTypes).toMatchObject({ minItems: 1, maxItems: 7, items: { maxLength: 128 } });
  }
  expect(schemas.PublishEvent.properties.id.pattern).toBe('^[A-Za-z0-9_.:-]+$');
});

test('every operation validates what the contract says', () => {
  // The check is that this compiles.
  const none: EveryBodyIsOfTheContract[] = [];
  expect(none).toEqual([]);
});
