// The texts of alerts: short and plain, the same facts for each channel. All templates are here.
import type { AlertMessage } from '#core/alert.ts';
import { unreachable } from '#core/fault.ts';
import { formatTime } from '#lib/rfc3339.ts';

export interface AlertText {
  /** One line. */
  readonly title: string;
  /** Names and values, in order. */
  readonly facts: readonly (readonly [string, string])[];
  /** To the console; null when the server does not know its own URL. */
  readonly link: string | null;
}

/** Of all messages together. */
export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** `publicUrl` is without a slash at its end. */
export function describeAlert(message: AlertMessage, publicUrl: string | null): AlertText {
  const { type, tenant, mode, endpoint, code, since, at, count } = message;
  const facts: (readonly [string, string | null])[] = [
    ['type', type],
    ['tenant', mode === null ? tenant : `${tenant} (${mode})`],
    ['endpoint', endpoint === null ? null : `${message.host ?? 'unknown host'} (${endpoint})`],
    ['code', code],
    ['since', formatTime(since)],
    ['last', at === since ? null : formatTime(at)],
    ['count', count === 1 ? null : String(count)],
  ];
  return {
    title: titleOf(message),
    facts: facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    link: publicUrl === null ? null : `${publicUrl}/console/${placeOf(message)}`,
  };
}

function titleOf({ type, tenant, host, count }: AlertMessage): string {
  const place = `${host ?? 'an endpoint'} of ${tenant}`;
  switch (type) {
    case 'endpoint.failing':
      return `${place} fails, and will be disabled if it goes on`;
    case 'endpoint.disabled':
      return `${place} was disabled after failures`;
    case 'endpoint.recovered':
      return `${place} has recovered`;
    case 'delivery.exhausted':
      return `${count} ${count === 1 ? 'delivery' : 'deliveries'} to ${place} had no success with the last attempt`;
    case 'backlog.growing':
      return `Deliveries to ${place} wait for too long`;
    case 'replay.finished':
      return `A replay of ${tenant} has redelivered ${count} ${count === 1 ? 'delivery' : 'deliveries'}`;
    case 'test':
      return 'Test of an alert: nothing has happened';
    default:
      return unreachable(type);
  }
}

function placeOf({ type, subject, tenant, mode, endpoint }: AlertMessage): string {
  const query = new URLSearchParams({ tenant, ...(mode === null ? {} : { mode }) }).toString();
  if (type === 'replay.finished') return `replays/${encodeURIComponent(subject)}?${query}`;
  if (endpoint === null) return '';
  return `endpoints/${encodeURIComponent(endpoint)}?${query}`;
}

/** A mail of one message has its title as the subject; one of many says how many. */
export function renderMail(texts: readonly AlertText[], name: string): Rendered {
  const [first] = texts;
  const title = texts.length === 1 && first !== undefined ? first.title : `${texts.length} alerts`;
  const footer = `Sent by Carillon for "${name}".`;
  return {
    subject: oneLine(`Carillon: ${title}`),
    text: `${texts.map(toText).join('\n\n')}\n\n-- \n${footer}\n`,
    html: `<!doctype html><html><body>${texts.map(toHtml).join('<hr>')}<p><small>${escapeHtml(footer)}</small></p></body></html>`,
  };
}

/** Slack reads `&`, `<` and `>` as markup. */
export function renderChat(texts: readonly AlertText[]): string {
  return texts
    .map(toText)
    .join('\n\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function toText({ title, facts, link }: AlertText): string {
  return [title, ...facts.map(([name, value]) => `${name}: ${value}`), ...(link === null ? [] : [link])].join(
    '\n',
  );
}

function toHtml({ title, facts, link }: AlertText): string {
  const rows = facts.map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}&nbsp;</td><td>${escapeHtml(value)}</td></tr>`,
  );
  const anchor = link === null ? '' : `<p><a href="${escapeHtml(link)}">Open it in the console</a></p>`;
  return `<p><strong>${escapeHtml(title)}</strong></p><table>${rows.join('')}</table>${anchor}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
