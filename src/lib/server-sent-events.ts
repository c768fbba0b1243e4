// Server-sent events (WHATWG HTML, 9.2): the text of a stream of events.

export interface ServerSentEvent {
  /** What a client sends as `Last-Event-ID` when it connects again. */
  readonly id?: string;
  readonly event: string;
  /** Any JSON: one line. */
  readonly data?: unknown;
  /** In place of `data`: its text, without line ends. */
  readonly text?: string;
}

export const eventStreamType = 'text/event-stream';

export function formatEvent({ id, event, data, text = JSON.stringify(data) }: ServerSentEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${text}\n\n`;
}

/** A comment: it keeps the connection from being closed as idle. */
export const pingEvent = ': ping\n\n';

/** How soon a client connects again. */
export function formatRetry(ms: number): string {
  return `retry: ${ms}\n\n`;
}
