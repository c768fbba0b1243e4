// Ids are TypeIDs: a prefix, an underscore and a UUIDv7 in Crockford's base32 (26 characters).
// They sort by time, name what they identify, and convert to a plain UUID where a wire form requires one.
import type { Random } from './random.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** Lookup table: the two characters of each ten bits, for half as many steps and strings as one by one. */
const pairs = Array.from(alphabet, (first) => Array.from(alphabet, (second) => first + second)).flat();
const typeIdPattern = /^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const counterMax = 2 ** 26;
const counterStartMax = 2 ** 24;
const slotMax = 2 ** 12;

/**
 * Makes strictly increasing ids within this process, also when the clock stops or steps back. An id carries the slot that it is
 * given, of 4,096; see `idSlot`.
 */
export interface IdSource {
  /** `now` is in milliseconds; ids made with the same `now` share their time part. */
  next(prefix: string, now: number, slot?: number): string;
  /**
   * Reserves `count` ids in a row, which `idAfter` makes. `first` and `last` are bounds: each id is between them, and no
   * other is.
   */
  reserve(prefix: string, now: number, count: number, slot?: number): IdRange;
  /** An id of another time. Those of one millisecond are in the order of `place`, any integer, of which 26 bits count. */
  at(prefix: string, ms: number, place: number, slot?: number): string;
  /** Another id with the time and the counter of `id`: the range of the two has no other id of its process. */
  beside(id: string, slot?: number): string;
}

export interface IdRange {
  readonly first: string;
  readonly last: string;
}

/**
 * UUIDv7 by RFC 9562 section 6.2 method 1: 48 bits of time, then a 26-bit counter (12 bits in `rand_a`,
 * 14 in `rand_b`), then 48 random bits, of which a slot takes the last 12. The counter begins each millisecond at 24 random
 * bits: two processes that make ids of one slot in the same millisecond differ by 60 random bits.
 */
export function createIdSource(random: Random): IdSource {
  let lastMs = 0;
  let lastTime = base32(lastMs, 10);
  let counter = 0;
  const moveTo = (ms: number): void => {
    lastMs = ms;
    lastTime = base32(ms, 10);
    counter = takeRandom() % counterStartMax;
  };
  // A pool: one call gives the random bytes of many ids, because a call costs more than its bytes.
  const pool: { bytes: Uint8Array; used: number } = { bytes: new Uint8Array(0), used: 0 };
  const takeRandom = (): number => {
    if (pool.used + 6 > pool.bytes.length) {
      pool.bytes = random.bytes(6 * 256);
      pool.used = 0;
    }
    let value = 0;
    for (let i = 0; i < 6; i++) value = value * 256 + (pool.bytes[pool.used++] ?? 0);
    return value;
  };
  const makeTail = (slot: number | undefined): number => {
    const value = takeRandom();
    return slot === undefined ? value : value - (value % slotMax) + slot;
  };
  return {
    next(prefix, now, slot) {
      if (now > lastMs) moveTo(now);
      else if (++counter >= counterMax) moveTo(lastMs + 1);
      return `${prefix}_${lastTime}${encodeRest(counter, makeTail(slot))}`;
    },
    reserve(prefix, now, count, slot) {
      if (now > lastMs) moveTo(now);
      else if (++counter + count > counterMax) moveTo(lastMs + 1);
      const time = `${prefix}_${lastTime}`;
      const first = time + encodeRest(counter, makeTail(slot));
      counter += count - 1;
      return { first, last: time + encodeRest(counter, 2 ** 48 - 1) };
    },
    at: (prefix, ms, place, slot) =>
      `${prefix}_${base32(ms, 10)}${encodeRest(place % counterMax, makeTail(slot))}`,
    beside: (id, slot) => id.slice(0, -restLength) + encodeRest(counterOf(id), makeTail(slot)),
  };
}

/**
 * The id `count` places after `first` in a reserved range. Its last 48 bits are those of `first`: an id that is made again
 * after a crash is the same.
 */
export function idAfter(first: string, count: number): string {
  const at = first.length - restLength;
  let tail = 0;
  for (const character of first.slice(at + 6)) tail = tail * 32 + alphabet.indexOf(character);
  return first.slice(0, at) + encodeRest(counterOf(first) + count, tail % 2 ** 48);
}

/** Characters after the time of an id. */
const restLength = 16;

function counterOf(id: string): number {
  const at = id.length - restLength;
  let middle = 0;
  for (const character of id.slice(at, at + 7)) middle = middle * 32 + alphabet.indexOf(character);
  // Of 35 bits, the last 3 belong to the random part; see `encodeRest`.
  middle = Math.floor(middle / 8);
  return (Math.floor(middle / 2 ** 16) % 2 ** 12) * 2 ** 14 + (middle % 2 ** 14);
}

/**
 * The part of an id after its time. The 128 bits are 26 characters of five bits: two zero bits and 48 bits of time
 * in ten characters, then the other 80 bits, here as 30 + 50.
 */
function encodeRest(counter: number, tail: number): string {
  // Version (4 bits), upper half of the counter (12), variant (2), lower half of the counter (14).
  const middle = 0x7 * 2 ** 28 + (counter >>> 14) * 2 ** 16 + 0x2 * 2 ** 14 + (counter & 0x3fff);
  return base32(Math.floor(middle / 4), 6) + base32((middle % 4) * 2 ** 48 + tail, 10);
}

/** The lowest 5 × `length` bits of `value`; `length` is even. */
function base32(value: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 2) {
    text = (pairs[value % 1024] ?? '') + text;
    value = Math.floor(value / 1024);
  }
  return text;
}

/** True for a well-formed id with this prefix. */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && typeIdPattern.test(text);
}

/** The UUID (lower case, with dashes) of an id. */
export function idToUuid(id: string): string {
  let bits = 0n;
  for (const character of id.slice(id.indexOf('_') + 1))
    bits = bits * 32n + BigInt(alphabet.indexOf(character));
  const hex = bits.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id of a UUID in any case; null when `uuid` is not one. */
export function uuidToId(prefix: string, uuid: string): string | null {
  if (!uuidPattern.test(uuid)) return null;
  let bits = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = (alphabet[Number(bits % 32n)] ?? '') + text;
    bits /= 32n;
  }
  return `${prefix}_${text}`;
}

/** The smallest id of a millisecond: the bound of a time range over ids. */
export function firstIdAt(prefix: string, ms: number): string {
  return `${prefix}_${base32(Math.max(0, Math.floor(ms)), 10)}${'0'.repeat(16)}`;
}

/** The millisecond in which an id was made. */
export function idMs(id: string): number {
  let ms = 0;
  for (const character of id.slice(id.indexOf('_') + 1, id.indexOf('_') + 11)) {
    ms = ms * 32 + alphabet.indexOf(character);
  }
  return ms;
}

/**
 * The slot that an id was made with. Of an id without one, or of an older version, it is any number: a reader asks there first
 * and then elsewhere.
 */
export function idSlot(id: string): number {
  let bits = 0;
  for (const character of id.slice(-3)) bits = bits * 32 + Math.max(0, alphabet.indexOf(character));
  return bits % slotMax;
}
