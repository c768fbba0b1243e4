// Programs that use the clients which public generators make of the served documents: each does the main job of its API and
// prints what it made and what it then finds. Read from the environment: URL, TARGET, TENANT, TOKEN or KEY and SECRET, NOW.

/** What a program prints. */
export interface Printed {
  readonly made: unknown;
  readonly found: readonly unknown[];
}

const typescriptHead = `
import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './NAME-schema.ts';
declare const process: { env: Record<string, string> };
const { URL: baseUrl = '', TARGET: url = '', TENANT: tenant = '', TOKEN = '', KEY = '', SECRET = '', NOW = '' } =
  process.env;
const client = createClient<paths>({ baseUrl });
const print = (made: unknown, found: unknown): void => console.log(JSON.stringify({ made, found }));
const use = (onRequest: NonNullable<Middleware['onRequest']>): void => client.use({ onRequest });
const useBearer = (): void => use(({ request }) => request.headers.set('authorization', \`Bearer \${TOKEN}\`));
const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (buffer: ArrayBuffer): string =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
async function hmac(hash: string, text: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', bytes(SECRET), { name: 'HMAC', hash }, false, ['sign']);
  return hex(await crypto.subtle.sign('HMAC', key, bytes(text)));
}
`;

const typescriptPrograms: Readonly<Record<string, string>> = {
  admin: `
useBearer();
const path = { tenant };
await client.POST('/admin/v1/tenants', { body: { id: tenant, name: 'Acme', dialect: 'standard' } });
await client.POST('/admin/v1/tenants/{tenant}/endpoints', { params: { path }, body: { url, eventTypes: ['*'] } });
const body = { type: 'payment.paid', payload: { amount: '1.00' } };
const published = await client.POST('/admin/v1/tenants/{tenant}/events', { params: { path }, body });
const list = await client.GET('/admin/v1/tenants/{tenant}/events', { params: { path, query: { mode: 'live' } } });
const refused = await client.GET('/admin/v1/tenants/{tenant}', { params: { path: { tenant: 'none' } } });
if (refused.error?.code !== 'tenant_not_found') throw new Error('a refusal has a code');
print(published.data?.id, list.data?.data.map(({ id }) => id));`,
  standard: `
useBearer();
const made = await client.POST('/v1/endpoints', { body: { url, eventTypes: ['payment.paid'] } });
const list = await client.GET('/v1/endpoints', { params: { query: { enabled: true } } });
print(made.data?.id, list.data?.data.map(({ id }) => id));`,
  calypso: `
use(async ({ request }) => {
  request.headers.set('Key', KEY);
  request.headers.set('Sign', await hmac('SHA-512', await request.clone().text()));
});
const signed = { account: tenant, timestamp: Number(NOW) };
const payload = {
  requestId: crypto.randomUUID(),
  notificationEventTypes: ['INVOICE_PAID' as const],
  url,
};
const made = await client.POST('/api/v1/subscription/webhook/create', { body: { ...signed, payload } });
const list = await client.POST('/api/v1/subscription/webhook', { body: signed });
print(made.data?.requestId, list.data?.subscriptions.map(({ requestId }) => requestId));`,
  chip: `
useBearer();
const body = { title: 'Shop', callback: url, events: ['purchase.paid' as const], all_events: false };
const made = await client.POST('/api/v1/webhooks/', { body });
const list = await client.GET('/api/v1/webhooks/');
print(made.data?.id, list.data?.results.map(({ id }) => id));`,
  diddo: `
useBearer();
const made = await client.POST('/webhook', { body: { url, events: ['order.submitted'] } });
const list = await client.GET('/webhook', { params: { query: { event: 'order.submitted' } } });
print(made.data?.id, list.data?.webhooks.map(({ id }) => id));`,
  spritz: `
use(async ({ request }) => {
  const body = await request.clone().text();
  const bodyHash = body === '' ? '' : hex(await crypto.subtle.digest('SHA-256', bytes(body)));
  const text = [NOW, request.method, new URL(request.url).pathname, bodyHash].join('.');
  request.headers.set('X-Integrator-Key', KEY);
  request.headers.set('X-Timestamp', NOW);
  request.headers.set('X-Signature', \`sha256=\${await hmac('SHA-256', text)}\`);
});
const made = await client.POST('/v1/integrator/webhooks', { body: { url, events: ['payment.created'] } });
const list = await client.GET('/v1/integrator/webhooks');
print(made.data?.id, list.data?.map(({ id }) => id));`,
};

export function typescriptProgram(name: string): string {
  return typescriptHead.replace('NAME', name) + (typescriptPrograms[name] ?? '');
}

const pythonHead = `
import hashlib, hmac, json, os, uuid
from NAME_client import AuthenticatedClient, Client
from NAME_client import models
env = os.environ
url, tenant = env['TARGET'], env['TENANT']
def connect():
    return AuthenticatedClient(base_url=env['URL'], token=env['TOKEN'])
def connect_signed(sign):
    return Client(base_url=env['URL'], httpx_args={'event_hooks': {'request': [sign]}})
def mac(algorithm, content):
    return hmac.new(env['SECRET'].encode(), content, algorithm).hexdigest()
def show(made, found):
    print(json.dumps({'made': made, 'found': found}, default=str))
`;

const pythonPrograms: Readonly<Record<string, string>> = {
  admin: `
from NAME_client.api.tenants import create_tenant, get_tenant
from NAME_client.api.endpoints import create_endpoint
from NAME_client.api.events import publish_event, list_events
client = connect()
new = models.CreateTenant(id=tenant, name='Acme', dialect=models.CreateTenantDialect.STANDARD)
create_tenant.sync(client=client, body=new)
create_endpoint.sync(tenant, client=client, body=models.CreateEndpoint(url=url, event_types=['*']))
event = models.PublishEvent(type_='payment.paid', payload={'amount': '1.00'})
published = publish_event.sync(tenant, client=client, body=event)
page = list_events.sync(tenant, client=client, mode=models.Mode.LIVE)
assert get_tenant.sync('none', client=client).code == 'tenant_not_found'
show(published.id, [one.id for one in page.data])`,
  standard: `
from NAME_client.api.default import create_endpoint, list_endpoints
client = connect()
made = create_endpoint.sync(client=client, body=models.NewEndpoint(url=url, event_types=['payment.paid']))
page = list_endpoints.sync(client=client, enabled=True)
show(made.id, [one.id for one in page.data])`,
  calypso: `
from NAME_client.api.default import create_webhook, list_webhooks
def sign(request):
    request.headers['Key'] = env['KEY']
    request.headers['Sign'] = mac('sha512', request.content)
client = connect_signed(sign)
signed = {'account': tenant, 'timestamp': int(env['NOW'])}
payload = models.CreateWebhookPayload(
    request_id=uuid.uuid4(), url=url, notification_event_types=[models.EventType.INVOICE_PAID])
made = create_webhook.sync(client=client, body=models.CreateWebhook(payload=payload, **signed))
found = list_webhooks.sync(client=client, body=models.ListWebhooks(**signed))
show(made.request_id, [one.request_id for one in found.subscriptions])`,
  chip: `
from NAME_client.api.default import create_webhook, list_webhooks
client = connect()
new = models.NewWebhook(title='Shop', callback=url, events=[models.EventType.PURCHASE_PAID])
made = create_webhook.sync(client=client, body=new)
page = list_webhooks.sync(client=client)
show(made.id, [one.id for one in page.results])`,
  diddo: `
from NAME_client.api.default import create_webhook, list_webhooks
client = connect()
new = models.NewWebhook(url=url, events=[models.EventType.ORDER_SUBMITTED])
made = create_webhook.sync(client=client, body=new)
page = list_webhooks.sync(client=client, event=models.EventType.ORDER_SUBMITTED)
show(made.id, [one.id for one in page.webhooks])`,
  spritz: `
from NAME_client.api.default import create_webhook, list_webhooks
def sign(request):
    body_hash = hashlib.sha256(request.content).hexdigest() if request.content else ''
    text = '.'.join([env['NOW'], request.method, request.url.path, body_hash])
    request.headers['X-Integrator-Key'] = env['KEY']
    request.headers['X-Timestamp'] = env['NOW']
    request.headers['X-Signature'] = 'sha256=' + mac('sha256', text.encode())
client = connect_signed(sign)
new = models.NewWebhook(url=url, events=[models.Subscription.PAYMENT_CREATED])
made = create_webhook.sync(client=client, body=new)
found = list_webhooks.sync(client=client)
show(made.id, [one.id for one in found])`,
};

export function pythonProgram(name: string): string {
  return (pythonHead + (pythonPrograms[name] ?? '')).replaceAll('NAME', name);
}
