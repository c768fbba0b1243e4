// The part of a store that is written once for all databases. Publishing, claiming and recording are each engine's own.
import type { EventStore, Store } from '../store.ts';
import { createCredentialStore } from './credentials.ts';
import { createDeliveryRecords } from './deliveries.ts';
import { createEndpointStore } from './endpoints.ts';
import type { Engine } from './engine.ts';
import { createEventRecords } from './events.ts';
import { createMetadataStore } from './metadata.ts';
import { createReplayStore } from './replays.ts';
import { createStatsStore } from './stats.ts';
import { createTenantSecretStore } from './tenant-secrets.ts';
import { createTenantStore } from './tenants.ts';

type Records = Pick<
  Store,
  'tenants' | 'credentials' | 'tenantSecrets' | 'endpoints' | 'replays' | 'stats' | 'metadata'
> & {
  readonly events: Pick<EventStore, 'get' | 'list'>;
  readonly deliveries: ReturnType<typeof createDeliveryRecords>;
};

export function createRecords(engine: Engine): Records {
  return {
    tenants: createTenantStore(engine),
    credentials: createCredentialStore(engine),
    tenantSecrets: createTenantSecretStore(engine),
    endpoints: createEndpointStore(engine),
    events: createEventRecords(engine),
    deliveries: createDeliveryRecords(engine),
    replays: createReplayStore(engine),
    stats: createStatsStore(engine),
    metadata: createMetadataStore(engine),
  };
}
