import { AuditPage, AuditQuery } from '#contract/audit.ts';
import { auditEntryToJson } from '#core/audit.ts';
import type { TenantId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import { readTime } from '#lib/rfc3339.ts';
import { type AdminTable, pageRequest, toPage } from '../operation.ts';

export const audit = {
  listAudit: {
    command: 'listAudit',
    docs: {
      tag: 'Keys',
      summary: 'List who changed what',
      description: 'Every change through this API, the dialects and the console. Publishing is not in it.',
    },
    query: AuditQuery,
    answers: { 200: { description: 'A page of entries.', schema: AuditPage } },
    parse: ({ query }) => ({
      filter: given({
        tenant: query.tenant as TenantId | undefined,
        actor: query.actor,
        command: query.command,
        since: query.since === undefined ? undefined : readTime(query.since),
        until: query.until === undefined ? undefined : readTime(query.until),
      }),
      ...pageRequest(query),
    }),
    reply: (page) => toPage(page, auditEntryToJson),
  },
} satisfies Partial<AdminTable>;
