// The part of a store that is written once for all databases. Publishing, claiming and recording are each engine's own.
import type { ReadStore, Store } from '../store.ts';
import { createAlertQueue } from './alert-queue.ts';
import { createAlertStore, readAlerts } from './alerts.ts';
import { createArchiveStore, readArchive } from './archive.ts';
import { createAuditStore, readAudit } from './audit.ts';
import { createCheckStore, readChecks } from './checks.ts';
import { createConsoleSessionStore, readConsoleSessions } from './console-sessions.ts';
import { createCredentialStore, readCredentials } from './credentials.ts';
import { createDeliveryRecords, readDeliveryRecords } from './deliveries.ts';
import { createEndpointStore, readEndpoints } from './endpoints.ts';
import type { Engine, Reader } from './engine.ts';
import { createEventTypeStore, readEventTypes } from './event-types.ts';
import { readEventRecords } from './events.ts';
import { createKeyStore, readKeys } from './keys.ts';
import { createMetadataStore } from './metadata.ts';
import { createPortalSessionStore, readPortalSessions } from './portal-sessions.ts';
import { createReplayStore, readReplays } from './replays.ts';
import { readServer } from './server.ts';
import { createSealedStore, readSealed } from './sealed.ts';
import { createStatsStore, readStats } from './stats.ts';
import { createTenantSecretStore } from './tenant-secrets.ts';
import { createTenantStore, readTenants } from './tenants.ts';

type Records = Pick<
  Store,
  | 'tenants'
  | 'credentials'
  | 'tenantSecrets'
  | 'endpoints'
  | 'eventTypes'
  | 'replays'
  | 'stats'
  | 'keys'
  | 'consoleSessions'
  | 'audit'
  | 'portalSessions'
  | 'checks'
  | 'sealed'
  | 'alerts'
  | 'server'
  | 'alertQueue'
  | 'metadata'
  | 'archive'
> & {
  readonly events: ReadStore['events'];
  readonly deliveries: ReturnType<typeof createDeliveryRecords>;
};

export function createRecords(engine: Engine): Records {
  return {
    tenants: createTenantStore(engine),
    credentials: createCredentialStore(engine),
    tenantSecrets: createTenantSecretStore(engine),
    endpoints: createEndpointStore(engine),
    eventTypes: createEventTypeStore(engine),
    events: readEventRecords(engine),
    deliveries: createDeliveryRecords(engine),
    replays: createReplayStore(engine),
    stats: createStatsStore(engine),
    keys: createKeyStore(engine),
    consoleSessions: createConsoleSessionStore(engine),
    audit: createAuditStore(engine),
    portalSessions: createPortalSessionStore(engine),
    checks: createCheckStore(engine),
    sealed: createSealedStore(engine),
    alerts: createAlertStore(engine),
    server: readServer(engine),
    alertQueue: createAlertQueue(engine),
    metadata: createMetadataStore(engine),
    archive: createArchiveStore(engine),
  };
}

export function createReads(reader: Reader): Omit<ReadStore, 'close'> {
  return {
    tenants: readTenants(reader),
    credentials: readCredentials(reader),
    endpoints: readEndpoints(reader),
    eventTypes: readEventTypes(reader),
    events: readEventRecords(reader),
    deliveries: readDeliveryRecords(reader),
    replays: readReplays(reader),
    stats: readStats(reader),
    keys: readKeys(reader),
    consoleSessions: readConsoleSessions(reader),
    audit: readAudit(reader),
    portalSessions: readPortalSessions(reader),
    checks: readChecks(reader),
    sealed: readSealed(reader),
    alerts: readAlerts(reader),
    server: readServer(reader),
    archive: readArchive(reader),
  };
}
