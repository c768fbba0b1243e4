// Headers of attempts as they are stored: JSON in which the names that nearly every attempt has are codes, and the values that
// they usually have are 0. In a row of 455 bytes of an attempt that was accepted, headers as plain JSON are more than half.
import { parseJson } from '../sql.ts';

export type Headers = Readonly<Record<string, string>>;

/** A code begins with a character that the name of a header cannot have (RFC 9110), so that plain JSON reads as it is. */
const mark = ':';

/** The name and its usual value. Stored rows have the places of these: only ever append. */
const usual: readonly (readonly [name: string, value: string | null])[] = [
  // Of requests, as the dialects write them.
  ['Content-Type', 'application/json'],
  ['webhook-id', null],
  ['webhook-timestamp', null],
  ['webhook-signature', null],
  ['traceparent', null],
  // Of answers.
  ['date', null],
  ['content-length', '0'],
  ['content-type', 'application/json'],
  ['connection', 'keep-alive'],
  ['keep-alive', 'timeout=5'],
  ['server', 'nginx'],
  ['transfer-encoding', 'chunked'],
  ['cache-control', 'no-cache'],
  ['vary', 'Accept-Encoding'],
  ['etag', null],
  ['x-request-id', null],
  ['x-powered-by', 'Express'],
  ['strict-transport-security', 'max-age=31536000; includeSubDomains'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'SAMEORIGIN'],
  ['x-xss-protection', '0'],
  ['referrer-policy', 'strict-origin-when-cross-origin'],
  ['alt-svc', 'h3=":443"; ma=86400'],
  ['via', '1.1 google'],
  ['cf-ray', null],
  ['cf-cache-status', 'DYNAMIC'],
  ['x-runtime', null],
  ['x-envoy-upstream-service-time', null],
  ['apigw-requestid', null],
  ['x-amzn-trace-id', null],
];

const codes = usual.map((_, place) => mark + place.toString(36));
const byName = new Map(usual.map(([name, value], place) => [name, { key: `"${codes[place]}":`, value }]));
const byCode = new Map(usual.map(([name, value], place) => [codes[place], { name, value }]));

/** In their order. Written as text, member by member: it is done for each attempt. */
export function packHeaders(headers: Headers): string {
  let members = '';
  for (const [name, value] of Object.entries(headers)) {
    const known = byName.get(name);
    const key = known?.key ?? `${JSON.stringify(name.startsWith(mark) ? mark + name : name)}:`;
    const separator = members === '' ? '' : ',';
    members +=
      separator + key + (known === undefined ? JSON.stringify(value) : pack(name, value, known.value));
  }
  return `{${members}}`;
}

function pack(name: string, value: string, usualValue: string | null): string {
  if (value === usualValue) return '0';
  return name === 'date' ? packDate(value) : JSON.stringify(value);
}

export function unpackHeaders(stored: string): Headers {
  const packed = parseJson<Record<string, string | number>>(stored);
  const headers = Object.entries(packed).map(([code, value]): [string, string] => {
    const known = byCode.get(code);
    if (known === undefined) return [code.startsWith(mark) ? code.slice(mark.length) : code, String(value)];
    if (typeof value === 'string') return [known.name, value];
    return [known.name, known.value ?? new Date(value * 1000).toUTCString()];
  });
  return Object.fromEntries(headers);
}

/** A date in the usual form as Unix seconds. All answers of a second have the same. */
function packDate(value: string): string {
  if (value === lastDate.value) return lastDate.packed;
  const ms = Date.parse(value);
  const isUsual = !Number.isNaN(ms) && new Date(ms).toUTCString() === value;
  lastDate = { value, packed: isUsual ? String(ms / 1000) : JSON.stringify(value) };
  return lastDate.packed;
}

let lastDate = { value: '', packed: '""' };
