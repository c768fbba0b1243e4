// The operator's own API under /admin/v1: everything of every tenant, behind one key.
import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Fault } from '#core/fault.ts';
import { readBearer } from '#input/bearer.ts';
import { equalsConstantTime } from '#lib/hmac.ts';
import type { HttpDeps } from '../deps.ts';
import { watchMethods } from '../methods.ts';
import { createValidatorCompiler } from '../validation.ts';
import { components } from './components.ts';
import { mountCredentials } from './credentials.ts';
import { mountDeliveries } from './deliveries.ts';
import { mountEndpoints } from './endpoints.ts';
import { mountEvents } from './events.ts';
import { mountReplays } from './replays.ts';
import { mountStats } from './stats.ts';
import { mountTenants } from './tenants.ts';

export const adminPrefix = '/admin/v1';

/** Mounts the admin API on an instance whose prefix is `adminPrefix`. */
export function mountAdmin(instance: FastifyInstance, deps: HttpDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(createValidatorCompiler(components));
  app.removeAllContentTypeParsers();
  // The bytes alone: what they say is read where they are validated. A parser that fails closes the connection.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    done(checkKey(request.headers.authorization, deps.adminKey));
  });
  const completeMethods = watchMethods(instance);
  mountTenants(app, deps);
  mountCredentials(app, deps);
  mountEndpoints(app, deps);
  mountEvents(app, deps);
  mountDeliveries(app, deps);
  mountReplays(app, deps);
  mountStats(app, deps);
  completeMethods();
}

function checkKey(header: string | undefined, adminKey: string): Fault | undefined {
  const key = readBearer(header);
  if (key === null) {
    return new Fault('key_missing', 'Give the admin key: "Authorization: Bearer <key>".');
  }
  if (equalsConstantTime(key, adminKey)) return undefined;
  return new Fault('key_unknown', 'This is not the admin key of this server.');
}
