// Server-sent events (WHATWG HTML, 9.2) as this server writes them: one line of data each.

export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The server sends a comment each 15 s: a connection that is silent for so long is dead, as after a sleep of the machine. */
export const silentMsMax = 45_000;

/** The events of a text, and its end that is not whole yet. Comments, and how soon to connect again, are no events. */
export function splitEvents(text: string): {
  readonly events: readonly StreamEvent[];
  readonly rest: string;
} {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  return { events: blocks.flatMap(readBlock), rest };
}

function readBlock(block: string): readonly StreamEvent[] {
  const lines = block.split('\n');
  const member = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = member('data');
  if (data === undefined) return [];
  return [{ event: member('event') ?? 'message', data: JSON.parse(data) as unknown }];
}
