// Who owns endpoints, and which dialect they speak.
import { Fault, fieldFault } from '#core/fault.ts';
import { operatorTenant, type Tenant, type TenantId } from '#core/tenant.ts';
import type { Page } from '#core/commands.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { PageRequest, Store } from '#store/store.ts';

export interface Tenants {
  /** Faults: `field_invalid`, `dialect_unknown`, `tenant_exists`. */
  create(input: { id?: string; name: string; dialect: string }): Promise<Tenant>;
  /** Fault `tenant_not_found`. */
  get(id: TenantId): Promise<Tenant>;
  list(page: PageRequest): Promise<Page<Tenant>>;
  rename(id: TenantId, name: string): Promise<Tenant>;
  /** Its keys stop working, its endpoints are removed, what waits for them is canceled. */
  remove(id: TenantId): Promise<void>;
  /** Makes the operator's own tenant where it is missing. */
  ensureOperator(): Promise<void>;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function createTenants(deps: {
  store: Store;
  dialects: ReadonlyMap<string, Dialect>;
  clock: Clock;
  ids: IdSource;
}): Tenants {
  const { store, dialects, clock, ids } = deps;

  const get = async (id: TenantId): Promise<Tenant> => {
    const tenant = await store.tenants.get(id);
    if (tenant === null) throw tenantNotFound(id);
    return tenant;
  };

  return {
    async create({ id, name, dialect }) {
      if (id !== undefined && !idPattern.test(id)) {
        throw fieldFault(
          'id',
          'must be 1 to 64 letters, digits, "-" or "_", and begin with a letter or digit',
        );
      }
      if (!dialects.has(dialect)) {
        const known = [...dialects.keys()].join(', ');
        throw new Fault('dialect_unknown', `dialect: there is no dialect "${dialect}"; use one of ${known}`, {
          fields: [{ field: 'dialect', message: `must be one of ${known}` }],
        });
      }
      const now = clock.now();
      const tenant: Tenant = {
        id: (id ?? ids.next('ten', now)) as TenantId,
        name,
        dialect,
        metadata: {},
        createdAt: now,
      };
      if (!(await store.tenants.create(tenant))) {
        throw new Fault(
          'tenant_exists',
          `there is or was a tenant "${tenant.id}" already; choose another id`,
        );
      }
      return tenant;
    },
    get,
    list: (page) => store.tenants.list(page),
    async rename(id, name) {
      const tenant = await store.tenants.change(id, { name });
      if (tenant === null) throw tenantNotFound(id);
      return tenant;
    },
    async remove(id) {
      if (id === operatorTenant) {
        throw new Fault(
          'operator_tenant_fixed',
          'the operator tenant cannot be removed; remove its endpoints instead',
        );
      }
      if (!(await store.tenants.remove(id, clock.now()))) throw tenantNotFound(id);
    },
    async ensureOperator() {
      const now = clock.now();
      // False when it is there already: every start but the first.
      await store.tenants.create({
        id: operatorTenant,
        name: 'Operator',
        dialect: 'standard',
        metadata: {},
        createdAt: now,
      });
    },
  };
}

export function tenantNotFound(id: string): Fault {
  return new Fault('tenant_not_found', `there is no tenant "${id}"; POST /admin/v1/tenants makes one`);
}
