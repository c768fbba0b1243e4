// What a transform made of an event, kept with the attempt that was the first to carry it.
import type { DeliveryId } from '#core/delivery.ts';
import type { Content } from '#core/transform.ts';
import { sql } from '../sql.ts';
import { get, type Work } from './work.ts';

/** In one column: a line of JSON, and then the payload byte for byte. */
export function writeContent(content: Content | null): Uint8Array | null {
  if (content === null) return null;
  const { payload, headers, path } = content;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ headers, path })}\n`), payload]);
}

/** By the index of attempts by delivery: the newest that has one. */
export function* readContentOf(delivery: DeliveryId): Work<Content | null> {
  const row = yield* get<{ content: Uint8Array }>(sql`
    select content from attempts where delivery = ${delivery} and content is not null order by seq desc limit 1`);
  return row === undefined ? null : readContent(row.content);
}

const lineFeed = 0x0a;

export function readContent(stored: Uint8Array): Content {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const end = bytes.indexOf(lineFeed);
  const { headers, path }: Omit<Content, 'payload'> = JSON.parse(bytes.toString('utf8', 0, end));
  return { payload: bytes.subarray(end + 1), headers, path };
}
