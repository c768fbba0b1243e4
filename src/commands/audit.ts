// The audit log, as it is read. What it holds is written by the store, in the transactions of the changes.
import type { CommandHandlers } from '#core/commands.ts';
import type { ReadDeps } from './deps.ts';

export function createAuditReads({ store }: ReadDeps): Pick<CommandHandlers, 'listAudit'> {
  return { listAudit: ({ filter, ...page }) => store.audit.list(filter, page) };
}
