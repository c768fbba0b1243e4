// Splits a byte stream into lines, with a bound on the length of a line.
import { Failure } from '../failure.ts';

/** A line without its line end. Numbers start at 1. */
interface Line {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Yields the lines of each chunk. Buffers at most one incomplete line. Throws `Failure` beyond `lineBytesMax`. */
export async function* byteLines(
  input: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<readonly Line[]> {
  let number = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const end = (last: Uint8Array): Line => {
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    number += 1;
    return { number, bytes };
  };
  for await (const chunk of input) {
    const lines: Line[] = [];
    let start = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, start)) {
      lines.push(end(chunk.subarray(start, at)));
      start = at + 1;
    }
    if (lines.length > 0) yield lines;
    if (start === chunk.length) continue;
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > lineBytesMax) throw tooLong(number + 1, lineBytesMax);
  }
  if (held.length > 0) yield [end(new Uint8Array(0))];
}

function tooLong(number: number, lineBytesMax: number): Failure {
  const hint = 'write one event per line';
  return new Failure(`line ${number} is longer than ${lineBytesMax / 1024 / 1024} MiB`, { hint });
}
