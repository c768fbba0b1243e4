// The pull endpoint behind a name: made at the first `listen`, and found again by its metadata, so that its secret stays and
// what was published meanwhile waits in it.
import { hostname } from 'node:os';
import type { Endpoint } from '#contract/endpoints.ts';
import type { Mode } from '#contract/schema.ts';
import { type AdminClient, ApiFailure } from '../client.ts';
import { exitCodes, Failure } from '../failure.ts';
import { isFinal } from '../live/follow.ts';

export interface ListenerTerms {
  readonly tenant: string;
  readonly name: string;
  readonly mode: Mode;
  /** Undefined leaves those of an endpoint that there is. */
  readonly eventTypes: readonly string[] | undefined;
}

export interface Listener {
  readonly endpoint: Endpoint;
  readonly isNew: boolean;
  /** Null where its dialect has none for an endpoint, or the key may not see it: see `secretReason`. */
  readonly secret: string | null;
  readonly secretReason: string | null;
}

const nameKey = 'carillon-listen';

export function defaultName(): string {
  return hostname();
}

/** The tenant that was given, or the only one that the key reaches. */
export async function chooseTenant(client: AdminClient, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const { data, nextCursor } = await client.call('listTenants', { query: { limit: 100 } });
  const tenants = data.filter(({ id }) => id !== operatorTenant);
  const [only] = tenants;
  if (only !== undefined && tenants.length === 1 && nextCursor === null) return only.id;
  const some = tenants.slice(0, 5).map(({ id }) => id);
  throw new Failure(only === undefined ? 'there is no tenant' : 'there are several tenants', {
    hint:
      only === undefined
        ? 'create one with: carillon tenants create Acme --id acme'
        : `choose one with --tenant: ${some.join(', ')}${tenants.length > some.length ? ', …' : ''}`,
    exitCode: exitCodes.usage,
  });
}

/** Of the server's own events. */
const operatorTenant = 'operator';

export async function openListener(client: AdminClient, terms: ListenerTerms): Promise<Listener> {
  const found = await find(client, terms);
  if (found === null) return create(client, terms);
  const endpoint = await adapt(client, found, terms);
  return { endpoint, isNew: false, ...(await readSecret(client, terms.tenant, endpoint.id)) };
}

async function find(client: AdminClient, { tenant, name, mode }: ListenerTerms): Promise<Endpoint | null> {
  let cursor: string | undefined;
  let found: Endpoint | null = null;
  // Lists are newest first: the oldest one of the name is the one that every terminal finds.
  do {
    const query = { mode, cursor, limit: 100 };
    const page = await client.call('listEndpoints', { params: { tenant }, query });
    found =
      page.data.findLast(({ kind, metadata }) => kind === 'pull' && metadata[nameKey] === name) ?? found;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

async function create(client: AdminClient, terms: ListenerTerms): Promise<Listener> {
  const { tenant, name, mode, eventTypes = ['*'] } = terms;
  const body = {
    kind: 'pull' as const,
    mode,
    eventTypes: [...eventTypes],
    description: `carillon listen --name ${name}`,
    metadata: { [nameKey]: name },
    // An application that is being written fails often.
    disableAfter: { never: true as const },
  };
  const { secret, ...endpoint } = await client.call('createEndpoint', { params: { tenant }, body });
  if (secret !== null) return { endpoint, isNew: true, secret, secretReason: null };
  return { endpoint, isNew: true, ...(await readSecret(client, tenant, endpoint.id)) };
}

async function adapt(client: AdminClient, found: Endpoint, terms: ListenerTerms): Promise<Endpoint> {
  const params = { tenant: terms.tenant, id: found.id };
  const { eventTypes } = terms;
  const isSame = eventTypes === undefined || eventTypes.join() === found.eventTypes.join();
  const endpoint = isSame
    ? found
    : await client.call('changeEndpoint', { params, body: { eventTypes: [...eventTypes] } });
  return endpoint.enabled ? endpoint : client.call('enableEndpoint', { params });
}

async function readSecret(
  client: AdminClient,
  tenant: string,
  id: string,
): Promise<Pick<Listener, 'secret' | 'secretReason'>> {
  try {
    const { secret } = await client.call('revealSecret', { params: { tenant, id } });
    return { secret, secretReason: null };
  } catch (error) {
    if (!(error instanceof ApiFailure) || (isFinal(error) && error.status === 401)) throw error;
    return { secret: null, secretReason: error.message };
  }
}

export async function removeListener(
  client: AdminClient,
  tenant: string,
  { endpoint }: Listener,
): Promise<void> {
  await client.call('removeEndpoint', { params: { tenant, id: endpoint.id } });
}
