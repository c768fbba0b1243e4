// Alerts: who is told of what, by which channel.
import {
  type Alert,
  type AlertId,
  type AlertMessage,
  type AlertVia,
  type AlertView,
  chatSealContext,
} from '#core/alert.ts';
import type { AlertViaInput, CommandHandlers } from '#core/commands.ts';
import { Fault, fieldFault, unreachable } from '#core/fault.ts';
import { operatorTenant, type TenantId } from '#core/tenant.ts';
import { given } from '#lib/given.ts';
import type { CommandDeps, ReadDeps } from './deps.ts';
import { checkHost } from './endpoint-checks.ts';
import { createEndpointCommands } from './endpoints.ts';
import { dialectOf } from './tenant-dialect.ts';

type AlertReads = Pick<CommandHandlers, 'listAlerts' | 'getAlert'>;
type AlertCommands = Pick<
  CommandHandlers,
  'createAlert' | 'changeAlert' | 'removeAlert' | 'snoozeAlert' | 'testAlert'
>;

export const noMail = 'the server sends no e-mail; set CARILLON_SMTP_URL and CARILLON_MAIL_FROM';
const windowMsDefault = 900_000;

export function createAlertReads(deps: ReadDeps): AlertReads {
  return {
    listAlerts: (page) => deps.store.alerts.list(page),
    getAlert: ({ id }) => findAlert(deps, id),
  };
}

export function createAlertCommands(deps: CommandDeps): AlertCommands {
  const { store, clock } = deps;
  return {
    async createAlert({ name, types, tenants = null, via, windowMs = windowMsDefault, enabled = true }) {
      await checkTenants(deps, tenants);
      const now = clock.now();
      const id = deps.ids.next('alr', now) as AlertId;
      const { kept, secret } = await openChannel(deps, { id, name, via });
      const times = { snoozedUntil: null, createdAt: now, updatedAt: now };
      const alert: Alert = { id, name, types, tenants, via: kept, windowMs, enabled, ...times };
      if (!(await store.alerts.create(alert, deps.limits.alertsMax))) {
        await closeChannel(deps, kept);
        throw new Fault('too_many', `there are ${deps.limits.alertsMax} alerts already; remove one`);
      }
      return { view: await findAlert(deps, id), secret };
    },
    async changeAlert({ id, via, ...change }) {
      await checkTenants(deps, change.tenants ?? null);
      const { alert } = await findAlert(deps, id);
      const kept = via === undefined ? undefined : await changeChannel(deps, alert, via);
      return save(deps, id, { ...change, ...given({ via: kept }) });
    },
    async removeAlert({ id }) {
      const removed = await store.alerts.remove(id);
      if (removed === null) throw notFound(id);
      await closeChannel(deps, removed.via);
      return null;
    },
    async snoozeAlert({ id, until }) {
      if (until !== null && until <= clock.now()) throw fieldFault('until', 'must be in the future');
      if (until !== null && until > clock.now() + snoozeMsMax) {
        throw fieldFault('until', 'must be at most 30 days from now', 'too_large');
      }
      return save(deps, id, { snoozedUntil: until });
    },
    async testAlert({ id }) {
      const { alert } = await findAlert(deps, id);
      const { name, via } = alert;
      const messages = [sampleMessage(deps)];
      return { error: await deps.effects.sendAlert({ alert: id, name, via, messages }) };
    },
  };
}

const snoozeMsMax = 30 * 86_400_000;

async function findAlert({ store }: Pick<ReadDeps, 'store'>, id: AlertId): Promise<AlertView> {
  const view = await store.alerts.get(id);
  if (view === null) throw notFound(id);
  return view;
}

async function save(
  deps: CommandDeps,
  id: AlertId,
  change: Omit<Parameters<CommandDeps['store']['alerts']['change']>[1], 'updatedAt'>,
): Promise<AlertView> {
  const changed = await deps.store.alerts.change(id, { ...change, updatedAt: deps.clock.now() });
  if (changed === null) throw notFound(id);
  return findAlert(deps, id);
}

function notFound(id: string): Fault {
  return new Fault('alert_not_found', `there is no alert "${id}"`, { resourceId: id });
}

async function checkTenants({ store }: CommandDeps, tenants: readonly TenantId[] | null): Promise<void> {
  for (const [at, tenant] of (tenants ?? []).entries()) {
    if ((await store.tenants.get(tenant)) !== null) continue;
    throw fieldFault(`tenants[${at}]`, `there is no tenant "${tenant}"`);
  }
}

interface Opened {
  readonly kept: AlertVia;
  /** Of a webhook. */
  readonly secret: string | null;
}

/** A webhook gets an endpoint of the operator's tenant, which receives the events of this alert alone. */
async function openChannel(
  deps: CommandDeps,
  { id, name, via }: { readonly id: AlertId; readonly name: string; readonly via: AlertViaInput },
): Promise<Opened> {
  if (via.kind !== 'webhook') return { kept: await keepChannel(deps, id, via), secret: null };
  const created = await createEndpointCommands(deps).createEndpoint({
    tenant: operatorTenant,
    mode: 'live',
    url: via.url,
    eventTypes: ['alert.*'],
    description: `alert ${id}: ${name}`,
    settings: { filter: { alert: id } },
  });
  const secret = created.secrets[0] ?? null;
  return { kept: { kind: 'webhook', endpoint: created.endpoint.id }, secret };
}

async function keepChannel(
  deps: CommandDeps,
  id: AlertId,
  via: Exclude<AlertViaInput, { kind: 'webhook' }>,
): Promise<AlertVia> {
  switch (via.kind) {
    case 'email':
      if (!deps.hasMail) throw fieldFault('via.kind', `cannot be email: ${noMail}`);
      return { kind: 'email', to: via.to };
    case 'chat': {
      await checkHost(via.url, await dialectOf(deps, operatorTenant), deps);
      const sealedUrl = deps.seal.close(via.url, chatSealContext(id));
      return { kind: 'chat', host: new URL(via.url).host, sealedUrl };
    }
    default:
      return unreachable(via);
  }
}

async function changeChannel(deps: CommandDeps, alert: Alert, via: AlertViaInput): Promise<AlertVia> {
  if (via.kind !== alert.via.kind) {
    throw fieldFault('via.kind', `must stay ${alert.via.kind}; create another alert for ${via.kind}`);
  }
  if (via.kind !== 'webhook') return keepChannel(deps, alert.id, via);
  if (alert.via.kind !== 'webhook') return alert.via;
  const { endpoint: id } = alert.via;
  const scope = { tenant: operatorTenant, mode: null };
  await createEndpointCommands(deps).changeEndpoint({ ...scope, id, patch: { url: via.url } });
  return alert.via;
}

/** After the alert, so that a crash between the two leaves an endpoint that receives nothing. */
async function closeChannel({ store, clock, effects }: CommandDeps, via: AlertVia): Promise<void> {
  if (via.kind !== 'webhook') return;
  const scope = { tenant: operatorTenant, mode: null };
  const removed = await store.endpoints.remove(scope, { id: via.endpoint }, clock.now());
  if (removed !== null) effects.invalidate([removed.id]);
}

function sampleMessage({ clock, ids }: CommandDeps): AlertMessage {
  const now = clock.now();
  const id = ids.next('alm', now);
  const facts = { tenant: operatorTenant, mode: null, endpoint: null, host: null, code: null };
  return { id, type: 'test', subject: id, ...facts, since: now, at: now, count: 1, attempts: 0, dueAt: now };
}
