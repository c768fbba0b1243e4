// The handlers of all commands. Those that change something run in the engine thread beside the store, where each
// read-compute-write is one transaction; those that only read run in a thread of their own.
import type { EngineHandlers, ReadHandlers } from '#core/commands.ts';
import { createAlertCommands, createAlertReads } from './alerts.ts';
import { createArchiveCommands, createArchiveReads } from './archive.ts';
import { createAttentionReads } from './attention.ts';
import { createAuditReads } from './audit.ts';
import { createCheckCommands, createCheckReads } from './checks.ts';
import { createCredentialCommands, createCredentialReads } from './credentials.ts';
import { createDeliveryCommands, createDeliveryReads } from './deliveries.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { createEncryptionCommands } from './encryption.ts';
import { createEndpointSecretCommands } from './endpoint-secrets.ts';
import { createEndpointCommands, createEndpointReads } from './endpoints.ts';
import { createEventTypeCommands, createEventTypeReads } from './event-types.ts';
import { createEventCommands, createEventReads } from './events.ts';
import { createFeedReads } from './feed.ts';
import { createKeyCommands, createKeyReads } from './keys.ts';
import { createExplainReads } from './explain.ts';
import { createPortalCommands, createPortalReads } from './portal-sessions.ts';
import { createBackfillCommands, createBackfillReads } from './backfills.ts';
import { createPullCommands } from './pull.ts';
import { createReplayCommands, createReplayReads } from './replays.ts';
import { createServerCommands, createServerReads } from './server.ts';
import { createTransformCommands } from './setting-transform.ts';
import { createSettingCommands } from './settings.ts';
import { createStatsReads } from './stats.ts';
import { createTenantSecretCommands } from './tenant-secrets.ts';
import { createTenantCommands, createTenantReads } from './tenants.ts';

export function createHandlers(deps: CommandDeps): EngineHandlers {
  return {
    ...createTenantCommands(deps),
    ...createCredentialCommands(deps),
    ...createEndpointCommands(deps),
    ...createEndpointSecretCommands(deps),
    ...createSettingCommands(deps),
    ...createTransformCommands(deps),
    ...createTenantSecretCommands(deps),
    ...createEventTypeCommands(deps),
    ...createEventCommands(deps),
    ...createDeliveryCommands(deps),
    ...createPullCommands(deps),
    ...createReplayCommands(deps),
    ...createBackfillCommands(deps),
    ...createServerCommands(deps),
    ...createKeyCommands(deps),
    ...createEncryptionCommands(deps),
    ...createPortalCommands(deps),
    ...createCheckCommands(deps),
    ...createAlertCommands(deps),
    ...createArchiveCommands(deps),
  };
}

export function createReadHandlers(deps: ReadDeps): ReadHandlers {
  return {
    ...createTenantReads(deps),
    ...createCredentialReads(deps),
    ...createEndpointReads(deps),
    ...createEventTypeReads(deps),
    ...createEventReads(deps),
    ...createExplainReads(deps),
    ...createFeedReads(deps),
    ...createDeliveryReads(deps),
    ...createReplayReads(deps),
    ...createBackfillReads(deps),
    ...createAttentionReads(deps),
    ...createStatsReads(deps),
    ...createKeyReads(deps),
    ...createAuditReads(deps),
    ...createPortalReads(deps),
    ...createCheckReads(deps),
    ...createAlertReads(deps),
    ...createServerReads(deps),
    ...createArchiveReads(deps),
  };
}
