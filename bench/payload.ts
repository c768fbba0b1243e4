// Payload of the bench: a JSON object of a fixed size that begins with the scheduled time of its publication. Valid in every
// dialect: CHIP requires an `id` and the `type` of its object, the others accept any object.

/** The text before the time, in the payload and in the body that a dialect renders from it. */
export const timeMark = '{"id":"';
/** Digits of the time in µs, and of the number after it that makes the id unique. */
export const timeDigits = 16;
export const numberDigits = 8;

/** JSON of exactly `bytes` bytes, with zeros in place of the time and the number. Throws below 64. */
export function createPayload(bytes: number): string {
  const head = `${timeMark}${'0'.repeat(timeDigits + numberDigits)}","type":"purchase","data":"`;
  const tail = '"}';
  if (bytes < 64) throw new Error('a payload has at least 64 bytes');
  return head + 'abcdefghij'.repeat(bytes / 10 + 1).slice(0, bytes - head.length - tail.length) + tail;
}

/** Monotonic time in µs, the same for all processes of the machine. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
}

/** Writes `value` in decimal, padded with zeros. */
export function writeDigits(into: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    into[i] = 48 + rest - next * 10;
    rest = next;
  }
}

/** Reads the time after the first mark at or behind `from`; null without one. */
export function readTime(bytes: Buffer, from: number): number | null {
  const found = bytes.indexOf(timeMark, from, 'latin1');
  const start = found + timeMark.length;
  if (found === -1 || start + timeDigits > bytes.length) return null;
  let value = 0;
  for (let i = start; i < start + timeDigits; i++) value = value * 10 + (bytes[i] ?? 48) - 48;
  return value;
}
