// Tenants: who owns endpoints and credentials, and which dialect they speak.
import type { CommandHandlers } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import { operatorTenant, type Tenant, type TenantContact, type TenantId } from '#core/tenant.ts';
import { noMail } from './alerts.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { requireDialect, tenantNotFound } from './tenant-dialect.ts';

type TenantCommands = Pick<CommandHandlers, 'createTenant' | 'changeTenant' | 'removeTenant'>;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function createTenantReads({ store }: ReadDeps): Pick<CommandHandlers, 'listTenants' | 'getTenant'> {
  return {
    listTenants: ({ tenants, ...page }) => store.tenants.list(page, tenants),
    async getTenant({ tenant }) {
      return (await store.tenants.get(tenant)) ?? refuse(tenant);
    },
  };
}

export function createTenantCommands(deps: CommandDeps): TenantCommands {
  const { store, dialects, clock, ids, secretPool, effects } = deps;
  return {
    async createTenant({ id, name, dialect, metadata = {}, contact = null }) {
      checkId(id);
      const spoken = requireDialect(dialects, dialect);
      checkContact(deps, contact);
      const now = clock.now();
      const tenant: Tenant = {
        id: (id ?? ids.next('ten', now)) as TenantId,
        name,
        dialect,
        metadata,
        contact,
        createdAt: now,
      };
      if (!(await store.tenants.create(tenant))) {
        throw new Fault(
          'tenant_exists',
          `there is or was a tenant "${tenant.id}" already; choose another id`,
        );
      }
      secretPool.fill(spoken);
      return tenant;
    },
    async changeTenant({ tenant, ...change }) {
      checkContact(deps, change.contact);
      return (await store.tenants.change(tenant, change)) ?? refuse(tenant);
    },
    async removeTenant({ tenant }) {
      if (tenant === operatorTenant) {
        throw new Fault(
          'operator_tenant_fixed',
          'the operator tenant cannot be removed; remove its endpoints instead',
        );
      }
      if (!(await store.tenants.remove(tenant, clock.now()))) throw tenantNotFound(tenant);
      effects.accessChanged();
      return null;
    },
  };
}

/** Creates the operator's own tenant if it does not exist. Called at every start, before other commands. */
export async function ensureOperator({ store, clock }: Pick<CommandDeps, 'store' | 'clock'>): Promise<void> {
  await store.tenants.create({
    id: operatorTenant,
    name: 'Operator',
    dialect: 'standard',
    metadata: {},
    contact: null,
    createdAt: clock.now(),
  });
}

function refuse(tenant: TenantId): never {
  throw tenantNotFound(tenant);
}

function checkId(id: string | undefined): void {
  if (id === undefined || idPattern.test(id)) return;
  throw fieldFault('id', 'must be 1 to 64 letters, digits, "-" or "_", and begin with a letter or digit');
}

function checkContact({ hasMail }: CommandDeps, contact: TenantContact | null | undefined): void {
  if (contact === null || contact === undefined || hasMail) return;
  throw fieldFault('contact', `cannot be set: ${noMail}`);
}
