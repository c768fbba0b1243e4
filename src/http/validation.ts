// Request validation of the admin API, by the schemas that its OpenAPI document shows.
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { readExactBody } from '#input/exact-json.ts';
import { readParameters, type Texts } from '#input/query.ts';
import { compile } from '#input/schema.ts';

/** Compiles the schema of one part of a route's requests; throws for one that cannot be checked in full. */
export function createValidatorCompiler(components: readonly TSchema[]): FastifySchemaCompiler<TSchema> {
  return ({ schema, method, url, httpPart }) => {
    const validator = compile(`${method} ${url} ${httpPart}`, schema, components);
    const read = (data: unknown) =>
      httpPart === 'body'
        ? readExactBody(Buffer.isBuffer(data) ? data : noBytes, validator)
        : readParameters((data ?? {}) as Texts, validator);
    return (data: unknown) => {
      try {
        return { value: read(data) };
      } catch (error) {
        return { error: error as Error };
      }
    };
  };
}

const noBytes = Buffer.alloc(0);
