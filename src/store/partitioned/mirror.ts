// What every partition has a copy of, because their transactions need it: the operator's tenant, whose endpoints get notices that are
// written with what they report, and the alerts, for which signals are noted in the same way. The directory decides; the copies follow,
// again and again until they are the same.
import type { Alert } from '#core/alert.ts';
import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import { modes, operatorTenant } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import type { Store } from '../store.ts';
import type { Partition } from './partition.ts';
import type { Routes } from './routes.ts';

const scope = { tenant: operatorTenant, mode: null };
const alertsPerPage = 100;

export class Mirror {
  readonly #routes: Routes<Store>;
  /** One copying at a time for each partition. */
  readonly #running = new Map<Partition<Store>, Promise<void>>();

  constructor(routes: Routes<Store>) {
    this.#routes = routes;
  }

  /** Copies to all that can be used; the others get it when they can. `changed`: endpoints that a command has changed. */
  async copy(changed: readonly EndpointId[] = []): Promise<void> {
    await this.#routes.usable(
      async (_, partition) => this.copyTo(partition, changed),
      this.#routes.partitions.filter((one) => one !== this.#routes.directory && one.isUsable),
    );
  }

  async copyTo(partition: Partition<Store>, changed: readonly EndpointId[] = []): Promise<void> {
    if (partition === this.#routes.directory) return;
    await this.#running.get(partition)?.catch(() => {});
    const running = this.#routes
      .inDirectory((from) => partition.call((to) => copyAll(from, to, new Set(changed))))
      .finally(() => this.#running.delete(partition));
    this.#running.set(partition, running);
    await running;
  }
}

async function copyAll(from: Store, to: Store, changed: ReadonlySet<EndpointId>): Promise<void> {
  const tenant = await from.tenants.get(operatorTenant);
  if (tenant !== null) {
    await to.tenants.create(tenant);
    await copySecrets(from, to);
    await copyEndpoints(from, to, changed);
  }
  await copyAlerts(from, to);
}

async function copySecrets(from: Store, to: Store): Promise<void> {
  for (const mode of modes) {
    const secret = await from.tenantSecrets.get(operatorTenant, mode);
    const copy = await to.tenantSecrets.get(operatorTenant, mode);
    if (secret !== null && secret.sealed !== copy?.sealed) {
      await to.tenantSecrets.set(operatorTenant, mode, secret);
    }
  }
}

async function listEndpoints(store: Store): Promise<Map<EndpointId, Endpoint>> {
  const { items } = await store.endpoints.list(scope, {
    cursor: null,
    offset: 0,
    limit: 1000,
    isWhole: true,
  });
  return new Map(items.map((endpoint) => [endpoint.id, endpoint]));
}

/** A copy that was disabled because requests fail stays so until a command says otherwise. */
async function copyEndpoints(from: Store, to: Store, changed: ReadonlySet<EndpointId>): Promise<void> {
  const [originals, copies] = await Promise.all([listEndpoints(from), listEndpoints(to)]);
  const now = systemClock.now();
  for (const id of copies.keys()) {
    if (!originals.has(id)) await to.endpoints.remove(scope, { id }, now);
  }
  for (const [id, original] of originals) {
    const copy = copies.get(id);
    if (copy === undefined) {
      await to.endpoints.create(original, { isUrlUnique: false, endpointsMax: Number.MAX_SAFE_INTEGER });
    } else if (changed.has(id) || !isSame(copy, original)) {
      await to.endpoints.change(scope, { id }, () => changeTo(original, changed.has(id)));
    }
  }
}

function changeTo(original: Endpoint, isCommand: boolean) {
  const enabled = { value: original.enabled, reason: original.disabledReason ?? 'requested' } as const;
  return {
    ...contentOf(original),
    now: original.updatedAt,
    isUrlUnique: false,
    ...(isCommand || original.disabledReason === 'requested' ? { enabled } : {}),
  };
}

function contentOf(endpoint: Endpoint) {
  const { url, eventTypes, description, attributes, metadata, secrets, settings, sealedSettings } = endpoint;
  return { url, eventTypes, description, attributes, metadata, secrets, settings, sealedSettings };
}

function isSame(copy: Endpoint, original: Endpoint): boolean {
  const isRequested = (one: Endpoint): boolean => one.disabledReason === 'requested';
  return (
    isRequested(copy) === isRequested(original) &&
    JSON.stringify(contentOf(copy)) === JSON.stringify(contentOf(original))
  );
}

async function listAlerts(store: Store): Promise<Map<string, Alert>> {
  const found = new Map<string, Alert>();
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<Store['alerts']['list']>> = await store.alerts.list({
      cursor,
      limit: alertsPerPage,
    });
    for (const { alert } of page.items) found.set(alert.id, alert);
    cursor = page.nextCursor;
    if (cursor === null) return found;
  }
}

async function copyAlerts(from: Store, to: Store): Promise<void> {
  const [originals, copies] = await Promise.all([listAlerts(from), listAlerts(to)]);
  for (const { id } of copies.values()) if (!originals.has(id)) await to.alerts.remove(id);
  for (const [id, original] of originals) {
    const copy = copies.get(id);
    if (copy === undefined) await to.alerts.create(original, Number.MAX_SAFE_INTEGER);
    else if (JSON.stringify(copy) !== JSON.stringify(original)) {
      const { id: own, createdAt: _, ...change } = original;
      await to.alerts.change(own, change);
    }
  }
}
