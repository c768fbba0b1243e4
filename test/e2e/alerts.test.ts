// Alerts from what happens to what people get: a real mail server, a real receiver, and the store of the file.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boot, type Harness } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { headerOf, partOf, type SmtpServer, startSmtpServer } from '../support/smtp-server.ts';

let harness: Harness;
let receiver: Receiver;
let smtp: SmtpServer;

const minuteMs = 60_000;
const windowMs = 900_000;
const password = 'pass%2Fword-of-the-mail-server';

beforeEach(async () => {
  receiver = await startReceiver();
  smtp = await startSmtpServer();
});
afterEach(async () => {
  await harness.close();
  await receiver.close();
  await smtp.close();
});

async function start(flags: Record<string, string> = {}): Promise<void> {
  harness = await boot({
    CARILLON_SMTP_URL: `smtp://carillon:${password}@127.0.0.1:${smtp.port}`,
    CARILLON_MAIL_FROM: 'carillon@platform.example',
    PUBLIC_URL: 'https://hooks.platform.example/carillon',
    ...flags,
  });
  await harness.admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
}

async function call(status: number, method: string, path: string, body?: unknown): Promise<any> {
  const answered = await harness.admin(method, path, body);
  expect(answered.status, JSON.stringify(answered.body)).toBe(status);
  return answered.body;
}

const toMail = { kind: 'email', to: ['ops@platform.example', 'night@platform.example'] };
const all = [
  'endpoint.failing',
  'endpoint.disabled',
  'endpoint.recovered',
  'delivery.exhausted',
  'backlog.growing',
  'replay.finished',
];

const createAlert = (fields: object = {}) =>
  call(201, 'POST', '/alerts', { name: 'operations', types: all, via: toMail, ...fields });
const showAlert = (id: string) => call(200, 'GET', `/alerts/${id}`);

/** An endpoint that is disabled after four failures, each of which is a delivery of its own. */
const register = (path = '/hook', tenant = 'acme') =>
  call(201, 'POST', `/tenants/${tenant}/endpoints`, {
    url: `${receiver.url}${path}`,
    eventTypes: ['payment.*'],
    disableAfter: { failures: 4 },
    retry: { delaysMs: [] },
  });

async function publish(times: number, tenant = 'acme'): Promise<void> {
  for (let count = 0; count < times; count++) {
    await call(202, 'POST', `/tenants/${tenant}/events`, { type: 'payment.paid', payload: { count } });
    await harness.turn();
  }
}

async function step(advanceMs = 0): Promise<void> {
  harness.clock.advance(advanceMs);
  await harness.engine.alerts.step();
  await harness.turn();
}

const subjects = () => smtp.mails.map((mail) => headerOf(mail, 'Subject'));
const host = () => new URL(receiver.url).host;

describe('e-mail', () => {
  test('says type, tenant, host, code, since when and where to look, for each thing once, and the recovery', async () => {
    await start();
    const alert = await createAlert({ name: 'on <call>' });
    const { id } = await register();
    receiver.answer = () => 503;
    await publish(2);
    await step();
    const since = new Date(harness.clock.now()).toISOString();
    expect(smtp.mails).toHaveLength(1);
    const [mail] = smtp.mails;
    if (mail === undefined) throw new Error('no mail');
    expect(mail).toMatchObject({ from: 'carillon@platform.example', to: toMail.to });
    expect(mail.login).toEqual(['carillon', decodeURIComponent(password)]);
    expect(headerOf(mail, 'Subject')).toBe(
      `Carillon: ${host()} of acme fails, and will be disabled if it goes on`,
    );
    const link = `https://hooks.platform.example/carillon/console/endpoints/${id}?tenant=acme&mode=live`;
    const text = partOf(mail, 'text/plain').replaceAll('\r\n', '\n');
    expect(text.trim().split('\n')).toEqual([
      `${host()} of acme fails, and will be disabled if it goes on`,
      'type: endpoint.failing',
      'tenant: acme (live)',
      `endpoint: ${host()} (${id})`,
      'code: 503',
      `since: ${since}`,
      link,
      '',
      '-- ',
      'Sent by Carillon for "on <call>".',
    ]);
    const html = partOf(mail, 'text/html');
    expect(html).toContain(`<a href="${link.replace('&', '&amp;')}">`);
    expect(html).toContain('on &lt;call&gt;');
    expect(html).not.toContain('<call>');

    // The two exhausted deliveries are one message, a minute later.
    await step(minuteMs);
    expect(subjects()[1]).toBe(
      `Carillon: 2 deliveries to ${host()} of acme had no success with the last attempt`,
    );
    receiver.answer = () => 200;
    await publish(1);
    await step();
    await step();
    expect(subjects().slice(2)).toEqual([`Carillon: ${host()} of acme has recovered`]);
    const shown = await showAlert(alert.id);
    expect(shown).toMatchObject({ lastSentAt: new Date(harness.clock.now()).toISOString(), lastError: null });
  });

  test('is sent for many endpoints together, and each is in it', async () => {
    await start();
    await createAlert({ types: ['endpoint.disabled'] });
    for (const path of ['/a', '/b', '/c']) await register(path);
    receiver.answer = () => 410;
    await publish(1);
    await step();
    expect(subjects()).toEqual(['Carillon: 3 alerts']);
    const [mail] = smtp.mails;
    expect(mail && partOf(mail, 'text/plain').match(/was disabled after failures/g)).toHaveLength(3);
  });

  test('that the server refuses is told in the list, sent again after a restart, and delays nobody else', async () => {
    await start();
    const alert = await createAlert();
    const chat = await createAlert({ via: { kind: 'chat', url: `${receiver.url}/chat` } });
    await register();
    receiver.answer = ({ path }) => (path === '/chat' ? 200 : 500);
    smtp.refuse = (command) => (command.startsWith('RCPT') ? '550 no such\x07 user' : null);
    await publish(2);
    await step();
    expect(await showAlert(alert.id)).toMatchObject({
      lastSentAt: null,
      lastError: 'the mail server answered: 550 no such  user',
      lastErrorAt: new Date(harness.clock.now()).toISOString(),
    });
    expect((await showAlert(chat.id)).lastSentAt).not.toBeNull();
    expect(receiver.requests.filter(({ path }) => path === '/chat')).toHaveLength(1);
    const metrics = await harness.engine.backend.metricsText();
    expect(metrics).toContain('carillon_alert_messages_total{kind="email",result="failed"} 1');
    expect(metrics).toContain('carillon_alert_messages_total{kind="chat",result="sent"} 1');

    smtp.refuse = () => null;
    await step(minuteMs - 1);
    expect(smtp.mails).toEqual([]);
    await harness.restart();
    await step(1);
    expect(smtp.mails).toHaveLength(1);
    expect(await showAlert(alert.id)).toMatchObject({ lastError: null });
  });

  test('that reaches no server says so without the password', async () => {
    await start();
    const alert = await createAlert();
    await smtp.close();
    const { body } = await harness.admin('POST', `/alerts/${alert.id}/test`);
    expect(body.sent).toBe(false);
    expect(body.error).toMatch(/^the mail server could not be used \(E\w+\)$/);
    smtp = await startSmtpServer();
  });

  test('needs a mail server, for contacts too', async () => {
    await start({ CARILLON_SMTP_URL: '', CARILLON_MAIL_FROM: '' });
    const refused = await call(400, 'POST', '/alerts', { name: 'x', types: all, via: toMail });
    expect(refused.errors[0].field).toBe('via.kind');
    const contact = { emails: ['a@b.example'] };
    expect((await call(400, 'PATCH', '/tenants/acme', { contact })).errors[0].field).toBe('contact');
  });
});

describe('a webhook', () => {
  const alerts = () =>
    receiver.requests
      .filter(({ path }) => path === '/alerts')
      .map((request) => ({ ...request, json: JSON.parse(request.body) }));

  test('is signed, retried, and recorded as a delivery of the operator', async () => {
    await start();
    const alert = await createAlert({ via: { kind: 'webhook', url: `${receiver.url}/alerts` } });
    expect(alert.via).toMatchObject({ kind: 'webhook', url: `${receiver.url}/alerts` });
    const other = await createAlert({
      via: { kind: 'webhook', url: `${receiver.url}/other` },
      types: ['replay.finished'],
    });
    const { id } = await register();
    receiver.answer = () => 500;
    await publish(2);
    await step();
    expect(alerts()).toHaveLength(1);
    expect((await showAlert(alert.id)).lastError).toBe('the last 1 requests to its endpoint have failed');
    receiver.answer = () => 200;
    harness.clock.advance(10 * minuteMs);
    await harness.turn();
    const [first, second] = alerts();
    if (first === undefined || second === undefined) throw new Error('no retry');
    expect(second.body).toBe(first.body);
    expect(second.json).toMatchObject({
      type: 'alert.endpoint.failing',
      data: {
        alert: alert.id,
        type: 'endpoint.failing',
        tenant: 'acme',
        endpoint: id,
        host: host(),
        code: '500',
        count: 1,
      },
    });
    expect(second.json.data.link).toContain(`/console/endpoints/${id}`);
    const {
      'webhook-id': sentId,
      'webhook-timestamp': time,
      'webhook-signature': signature,
    } = second.headers;
    const key = Buffer.from(alert.secret.replace('whsec_', ''), 'base64');
    const signed = createHmac('sha256', key)
      .update(`${String(sentId)}.${String(time)}.${second.body}`)
      .digest('base64');
    expect(signature).toBe(`v1,${signed}`);
    expect((await showAlert(alert.id)).lastError).toBeNull();
    expect(receiver.requests.filter(({ path }) => path === '/other')).toEqual([]);
    await call(204, 'DELETE', `/alerts/${other.id}`);
    await call(404, 'GET', `/tenants/operator/endpoints/${other.via.endpoint}`);
  });

  test('tells of its lost endpoint', async () => {
    await start();
    const alert = await createAlert({ via: { kind: 'webhook', url: `${receiver.url}/alerts` } });
    await call(204, 'DELETE', `/tenants/operator/endpoints/${alert.via.endpoint}`);
    const { error } = await call(200, 'POST', `/alerts/${alert.id}/test`);
    expect(error).toContain('is removed');
    expect((await showAlert(alert.id)).via.url).toBeNull();
  });
});

describe('a chat', () => {
  test('gets one text, and its URL is shown nowhere', async () => {
    await start();
    const url = `${receiver.url}/services/T0/B0/secret-of-the-chat`;
    const alert = await createAlert({ via: { kind: 'chat', url }, types: ['endpoint.failing'] });
    await register();
    receiver.answer = ({ path }) => (path === '/hook' ? 500 : 200);
    await publish(2);
    await step();
    const posted = receiver.requests.find(({ path }) => path.startsWith('/services'));
    expect(posted?.headers['content-type']).toBe('application/json');
    const json = JSON.parse(posted?.body ?? '');
    expect(Object.keys(json)).toEqual(['text']);
    expect(json.text).toContain(`${host()} of acme fails`);
    expect(json.text).toContain('?tenant=acme&amp;mode=live');
    expect(alert.via).toEqual({ kind: 'chat', host: host() });
    await call(200, 'PATCH', `/alerts/${alert.id}`, { via: { kind: 'chat', url: `${url}-2` } });
    for (const path of ['/alerts', `/alerts/${alert.id}`, '/audit']) {
      expect(JSON.stringify(await call(200, 'GET', path))).not.toContain('secret-of-the-chat');
    }
    expect((await call(200, 'POST', `/alerts/${alert.id}/test`)).sent).toBe(true);
    expect(receiver.requests.at(-1)?.path).toBe('/services/T0/B0/secret-of-the-chat-2');
    receiver.answer = () => 404;
    expect(await call(200, 'POST', `/alerts/${alert.id}/test`)).toEqual({
      sent: false,
      error: 'the server of the chat answered 404',
    });
  });

  test('of this machine or a private network is refused', async () => {
    await start({ CARILLON_ALLOW_TARGETS: '' });
    for (const url of [`${receiver.url}/chat`, 'https://10.0.0.7/chat', 'http://chat.example/x']) {
      const refused = await call(400, 'POST', '/alerts', {
        name: 'x',
        types: all,
        via: { kind: 'chat', url },
      });
      expect(refused.code).toBe('url_refused');
    }
  });
});

describe('what is told', () => {
  test('of a backlog: once in a window, with the time of the oldest', async () => {
    await start({ CARILLON_PAUSED: 'true' });
    await createAlert({ types: ['backlog.growing'] });
    await register();
    const since = new Date(harness.clock.now()).toISOString();
    await publish(3);
    await step(windowMs - 1);
    expect(smtp.mails).toEqual([]);
    await step(minuteMs);
    await step(minuteMs);
    expect(subjects()).toEqual([`Carillon: Deliveries to ${host()} of acme wait for too long`]);
    const [mail] = smtp.mails;
    expect(mail && partOf(mail, 'text/plain')).toContain(`since: ${since}`);
    await step(windowMs);
    expect(smtp.mails).toHaveLength(2);
  });

  test('of a replay: that it has finished', async () => {
    await start();
    await createAlert({ types: ['replay.finished'] });
    await register();
    await publish(2);
    harness.clock.advance(1000);
    const now = harness.clock.now();
    const range = { since: new Date(now - 2000).toISOString(), until: new Date(now).toISOString() };
    const { id } = await call(202, 'POST', '/tenants/acme/replays', {
      states: ['delivered'],
      ...range,
      ratePerSecond: 500,
    });
    for (let steps = 0; steps < 4; steps++) {
      harness.clock.advance(1000);
      await harness.engine.replays.step();
    }
    await step();
    expect(subjects()).toEqual(['Carillon: A replay of acme has redelivered 2 deliveries']);
    const [mail] = smtp.mails;
    expect(mail && partOf(mail, 'text/plain')).toContain(`/console/replays/${id}?tenant=acme`);
  });

  test('of its endpoints to the contact of a tenant, and of no others', async () => {
    await start();
    await call(201, 'POST', '/tenants', { id: 'shop', name: 'Shop', dialect: 'standard' });
    const contact = { emails: ['dev@acme.example'] };
    expect((await call(200, 'PATCH', '/tenants/acme', { contact })).contact).toEqual(contact);
    await register('/a');
    await register('/b', 'shop');
    receiver.answer = () => 500;
    await publish(4);
    await publish(4, 'shop');
    await step(minuteMs);
    expect(smtp.mails.map(({ to }) => to)).toEqual([['dev@acme.example']]);
    expect(subjects()).toEqual([`Carillon: ${host()} of acme was disabled after failures`]);
    await call(200, 'PATCH', '/tenants/acme', { contact: null });
    expect((await call(200, 'GET', '/tenants/acme')).contact).toBeNull();
  });

  test('waits while the alert is snoozed, and not when it is over by then', async () => {
    await start();
    const { id } = await createAlert({ types: ['endpoint.failing', 'endpoint.recovered'] });
    const until = new Date(harness.clock.now() + 3_600_000).toISOString();
    expect((await call(200, 'POST', `/alerts/${id}/snooze`, { until })).snoozedUntil).toBe(until);
    await register();
    receiver.answer = () => 500;
    await publish(2);
    await step();
    receiver.answer = () => 200;
    await publish(1);
    await step();
    receiver.answer = () => 500;
    await publish(2);
    await step(minuteMs);
    expect(smtp.mails).toEqual([]);
    expect((await call(200, 'POST', `/alerts/${id}/snooze`, { until: null })).snoozedUntil).toBeNull();
    await step();
    expect(subjects()).toEqual([`Carillon: ${host()} of acme fails, and will be disabled if it goes on`]);
  });
});

describe('the configuration', () => {
  test('is created, listed, changed and removed, each in the audit log', async () => {
    await start();
    const { id, secret, ...alert } = await createAlert({ tenants: ['acme'] });
    expect(secret).toBeNull();
    expect((await call(200, 'GET', '/alerts')).data).toEqual([{ id, ...alert }]);
    const changed = await call(200, 'PATCH', `/alerts/${id}`, {
      tenants: null,
      windowSeconds: 60,
      enabled: false,
    });
    expect(changed).toMatchObject({ tenants: null, windowSeconds: 60, enabled: false });
    expect((await call(200, 'POST', `/alerts/${id}/test`)).sent).toBe(true);
    expect(subjects()).toEqual(['Carillon: Test of an alert: nothing has happened']);
    await call(204, 'DELETE', `/alerts/${id}`);
    await call(404, 'POST', `/alerts/${id}/test`);
    const { data } = await call(200, 'GET', '/audit');
    const entries = data.filter(({ noun }: { noun: string }) => noun === 'alert');
    expect(entries.map(({ command }: { command: string }) => command)).toEqual([
      'removeAlert',
      'changeAlert',
      'createAlert',
    ]);
    expect(entries[1].before).toEqual({ tenants: ['acme'], windowMs, enabled: true });
  });

  test('names the field that is wrong, and changes nothing', async () => {
    await start({ CARILLON_ALERTS_MAX: '1' });
    const fields = async (body: object, path = '/alerts', method = 'POST') =>
      (await call(400, method, path, { name: 'x', types: all, via: toMail, ...body })).errors.map(
        ({ field }: { field: string }) => field,
      );
    expect(await fields({ types: ['endpoint.gone'] })).toEqual(['types[0]']);
    expect(await fields({ types: [] })).toEqual(['types']);
    expect(await fields({ tenants: ['acme', 'none'] })).toEqual(['tenants[1]']);
    expect(await fields({ windowSeconds: 59 })).toEqual(['windowSeconds']);
    expect(await fields({ via: { kind: 'email', to: ['a@b.example\r\nBcc: c@d.example'] } })).toEqual([
      'via.to[0]',
    ]);
    expect(
      await fields({ via: { kind: 'email', to: Array.from({ length: 21 }, (_, at) => `a${at}@b.example`) } }),
    ).toEqual(['via.to']);
    const { id } = await createAlert();
    expect(
      await fields({ via: { kind: 'chat', url: `${receiver.url}/x` } }, `/alerts/${id}`, 'PATCH'),
    ).toEqual(['via.kind']);
    const past = { until: new Date(harness.clock.now()).toISOString() };
    expect((await call(400, 'POST', `/alerts/${id}/snooze`, past)).errors[0].field).toBe('until');
    expect((await call(409, 'POST', '/alerts', { name: 'x', types: all, via: toMail })).code).toBe(
      'too_many',
    );
    const webhook = { kind: 'webhook', url: `${receiver.url}/alerts` };
    await call(409, 'POST', '/alerts', { name: 'x', types: all, via: webhook });
    expect((await call(200, 'GET', '/tenants/operator/endpoints')).data).toEqual([]);
    expect((await call(200, 'GET', '/alerts')).data).toHaveLength(1);
  });
});
