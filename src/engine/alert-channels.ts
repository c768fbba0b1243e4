// The channels of alerts. A webhook is an endpoint of the operator's tenant: its messages are events, signed, retried and
// recorded as all others. A chat is one POST behind the SSRF guard. Whatever fails is an answer, and holds no secret.
import { type AlertVia, chatSealContext } from '#core/alert.ts';
import type { Publication, PublicationResult } from '#core/event.ts';
import { unreachable } from '#core/fault.ts';
import { encodeJson } from '#lib/json.ts';
import type { Logger } from '#lib/log.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { Seal } from '#lib/seal.ts';
import type { Mailer } from '#sending/mail.ts';
import type { Sender } from '#sending/send.ts';
import type { ClaimedAlerts } from '#store/store.ts';
import { operatorDraft } from './notices.ts';
import { type AlertText, describeAlert, renderChat, renderMail } from './alert-text.ts';

export type AlertSending = Pick<ClaimedAlerts, 'alert' | 'name' | 'via' | 'messages'>;

/** Null when it was sent, else why not: one sentence. Never rejects. */
export type DeliverAlert = (sending: AlertSending) => Promise<string | null>;

export interface AlertChannelDeps {
  readonly sender: Sender;
  /** Null where e-mail is not configured. */
  readonly mailer: Mailer | null;
  readonly publish: (publication: Publication) => Promise<PublicationResult>;
  readonly seal: Seal;
  readonly publicUrl: string | null;
  readonly log: Logger;
}

const chatTimeoutMs = 10_000;

export function createAlertChannels(deps: AlertChannelDeps): DeliverAlert {
  return async (sending) => {
    const texts = sending.messages.map((message) => describeAlert(message, deps.publicUrl));
    try {
      return await deliver(deps, sending, texts);
    } catch (error) {
      return error instanceof Error ? error.message : 'it could not be sent';
    }
  };
}

function deliver(
  deps: AlertChannelDeps,
  sending: AlertSending,
  texts: readonly AlertText[],
): Promise<string | null> {
  const { via } = sending;
  switch (via.kind) {
    case 'webhook':
      return publishAll(deps, sending, texts);
    case 'email':
      return mail(deps, via, sending.name, texts);
    case 'chat':
      return post(deps, sending, via, renderChat(texts));
    default:
      return unreachable(via);
  }
}

async function publishAll(
  { publish }: AlertChannelDeps,
  { alert, name, messages }: AlertSending,
  texts: readonly AlertText[],
): Promise<string | null> {
  for (const [index, message] of messages.entries()) {
    const { id, type, tenant, mode, endpoint, host, code, since, at, count, attempts } = message;
    const { title, link } = texts[index] ?? { title: type, link: null };
    const facts = {
      type,
      tenant,
      mode,
      endpoint,
      host,
      code,
      since: formatTime(since),
      at: formatTime(at),
      count,
    };
    const payload = encodeJson({ alert, name, title, ...facts, link });
    // The same message, counted further since it was sent, is another event.
    const draft = { ...operatorDraft('live', `alert.${type}`, payload), id: `${id}-${at}-${attempts}` };
    const result = await publish([draft]);
    const unsent = result.kind === 'published' ? result.events[0]?.unsent : null;
    if (unsent === 'no_endpoint' || unsent === 'no_subscriber' || unsent === 'filtered') {
      return 'its endpoint in the tenant operator is removed, or does not receive alerts any more';
    }
  }
  return null;
}

async function mail(
  { mailer, log }: AlertChannelDeps,
  { to }: Extract<AlertVia, { kind: 'email' }>,
  name: string,
  texts: readonly AlertText[],
): Promise<string | null> {
  if (mailer === null) return 'e-mail is not configured: see CARILLON_SMTP_URL';
  const refused = await mailer.send({ to, ...renderMail(texts, name) });
  // Others have got it: it is not sent again.
  if (refused.length > 0) log.warn({ name, refused: refused.length }, 'alert.recipients_refused');
  return null;
}

async function post(
  { sender, seal }: AlertChannelDeps,
  { alert }: AlertSending,
  { sealedUrl }: Extract<AlertVia, { kind: 'chat' }>,
  text: string,
): Promise<string | null> {
  const reply = await sender.send({
    url: seal.open(sealedUrl, chatSealContext(alert ?? '')),
    headers: { 'Content-Type': 'application/json' },
    body: encodeJson({ text }),
    timeoutMs: chatTimeoutMs,
  });
  if (reply.kind === 'unsent') return `nothing could be sent: this machine is short of ${reply.shortage}`;
  if (reply.kind === 'failed') return reply.message;
  return reply.status >= 200 && reply.status < 300 ? null : `the server of the chat answered ${reply.status}`;
}
