// The handlers of all commands, run in the engine thread beside the store: each read-compute-write is one transaction.
import type { CommandHandlers } from '#core/commands.ts';
import { createAttentionCommands } from './attention.ts';
import { createCredentialCommands } from './credentials.ts';
import { createDeliveryCommands } from './deliveries.ts';
import type { CommandDeps } from './deps.ts';
import { createEndpointCommands } from './endpoints.ts';
import { createEventCommands } from './events.ts';
import { createReplayCommands } from './replays.ts';
import { createServerCommands } from './server.ts';
import { createStatsCommands } from './stats.ts';
import { createTenantSecretCommands } from './tenant-secrets.ts';
import { createTenantCommands } from './tenants.ts';

export function createHandlers(deps: CommandDeps): CommandHandlers {
  return {
    ...createTenantCommands(deps),
    ...createCredentialCommands(deps),
    ...createEndpointCommands(deps),
    ...createTenantSecretCommands(deps),
    ...createEventCommands(deps),
    ...createDeliveryCommands(deps),
    ...createReplayCommands(deps),
    ...createAttentionCommands(deps),
    ...createStatsCommands(deps),
    ...createServerCommands(deps),
  };
}
