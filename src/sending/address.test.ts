import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressRules, judgeUrl, mayReachPublic } from './address.ts';

interface Case {
  readonly url: string;
  /** What a resolver answers, for names that pass without a network: judged at connect time. */
  readonly resolves?: readonly unknown[];
  readonly allow?: readonly string[];
  readonly verdict: 'accepted' | 'refused';
  readonly why: string;
}

const corpus: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../test/fixtures/addresses.json', import.meta.url), 'utf8'),
);
const limits = { urlLengthMax: 2048 };

describe('judgeUrl', () => {
  test.each(corpus)('$url: $why', ({ url, resolves, allow = [], verdict }) => {
    const refusal = judgeUrl(url, createAddressRules(allow), limits);
    const isAccepted = verdict === 'accepted' || resolves !== undefined;
    expect(refusal).toEqual(isAccepted ? null : expect.stringMatching(/^[A-Z].*\.$/));
  });

  test('the corpus is as large as it should be, and says of each name what it resolves to', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    for (const { url, resolves, verdict } of corpus.filter((one) => one.verdict === 'accepted')) {
      const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
      expect([url, verdict, resolves !== undefined]).toEqual([url, 'accepted', isIP(host) === 0]);
    }
  });

  test('what is wrong is said with what would be right', () => {
    const none = createAddressRules([]);
    expect(judgeUrl('http://example.com/', none, limits)).toMatch(
      /https on port 443 or 8443 only.*CARILLON_ALLOW_PORTS.*CARILLON_ALLOW_TARGETS/,
    );
    expect(judgeUrl('https://8.8.8.8:444/', createAddressRules([], [443, 8443, 9443]), limits)).toMatch(
      /https on port 443, 8443, or 9443 only/,
    );
    expect(judgeUrl('https://10.0.0.1/', none, limits)).toMatch(/10\.0\.0\.1 is not public; use/);
    expect(judgeUrl('https://localhost/', none, limits)).toMatch(/localhost is this machine itself; use/);
    expect(judgeUrl('https://example.com/long', none, { urlLengthMax: 20 })).toMatch(
      /24 characters; at most 20/,
    );
  });

  test.each([
    'https://*.example.com/',
    'https://xn--/',
    'https://xn--.example.com/',
    'https://a!b.example.com/',
    'https://127.0.0.1:0/',
    'http://example.com:0/',
  ])('%s is refused with any address allowed', (url) => {
    expect(judgeUrl(url, createAddressRules(['0.0.0.0/0']), limits)).toMatch(/host name is not valid|port 0/);
  });

  test('a password never appears in what is said', () => {
    const refusal = judgeUrl('https://user:hunter2@example.com/', createAddressRules([]), limits);
    expect(refusal).toMatch(/user name or password/);
    expect(refusal).not.toMatch(/hunter2/);
  });

  test('no text makes it throw', () => {
    const rules = createAddressRules(['127.0.0.0/8']);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `https://${text}`),
        ),
        (url) => {
          const refusal = judgeUrl(url, rules, limits);
          expect(refusal === null || refusal.length > 0).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('judge', () => {
  test('an IPv6 address that embeds an IPv4 address is never public', () => {
    const rules = createAddressRules([]);
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', '2606:2800:220:1:0:5efe:'];
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom(...prefixes), (ip, prefix) => {
        expect(rules.judge(prefix + ip)).toBe('refused');
      }),
    );
  });

  test('a mapped address is allowed exactly when the IPv4 address is', () => {
    const rules = createAddressRules(['10.0.0.0/8', '128.0.0.0/1', '::/0']);
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        expect(rules.judge(`::ffff:${ip}`) === 'allowed').toBe(rules.judge(ip) === 'allowed');
      }),
    );
  });

  test('what is outside 2000::/3 is never public', () => {
    const rules = createAddressRules([]);
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const first = parseInt(new URL(`http://[${ip}]`).hostname.slice(1).split(':')[0] || '0', 16);
        if (first < 0x2000 || first > 0x3fff) expect(rules.judge(ip)).toBe('refused');
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    '',
    'example.com',
    '127.1',
    '0x7f.0.0.1',
    '1.2.3.4 ',
    '8.8.8.8/32',
    '[::1]',
    'fe80::1%1',
    '::1%lo',
  ])('%j is not an address, so it is refused even where all are allowed', (text) => {
    expect(createAddressRules(['0.0.0.0/0', '::/0']).judge(text)).toBe('refused');
  });
});

describe('createAddressRules', () => {
  test('knows whether anything is allowed', () => {
    expect(createAddressRules([]).hasAllowed).toBe(false);
    expect(createAddressRules(['::1/128']).hasAllowed).toBe(true);
  });

  test('bits behind the prefix do not matter', () => {
    expect(createAddressRules(['127.0.0.1/8']).judge('127.9.9.9')).toBe('allowed');
  });

  test.each([
    '',
    'localhost',
    '127.0.0.1',
    '127.0.0.0/',
    '127.0.0.0/33',
    '127.0.0.0/-1',
    '127.0.0.0/8/8',
    '127.0.0.0/255.0.0.0',
    '127/8',
    '0177.0.0.0/8',
    '::1/129',
    '[::1]/128',
    'fe80::%1/10',
    ' 127.0.0.0/8',
    '::ffff:127.0.0.0/104',
  ])('%j is not a CIDR: the error names it', (cidr) => {
    expect(() => createAddressRules(['10.0.0.0/8', cidr])).toThrow(`"${cidr}"`);
  });
});

describe('mayReachPublic', () => {
  const isAllowed = (isTls: boolean, port: number, ports?: readonly number[]): boolean =>
    mayReachPublic({ isTls, port }, createAddressRules([], ports));

  test('by https on port 443 or 8443', () => {
    expect([isAllowed(true, 443), isAllowed(true, 8443)]).toEqual([true, true]);
    expect([isAllowed(true, 80), isAllowed(false, 443), isAllowed(false, 80)]).toEqual([false, false, false]);
  });

  test('by https on the ports that the operator names', () => {
    const ports = [443, 9443];
    expect([isAllowed(true, 9443, ports), isAllowed(true, 8443, ports)]).toEqual([true, false]);
    expect(isAllowed(false, 9443, ports)).toBe(false);
  });

  test.each([0, 65_536, 1.5, NaN])('%d is not a port: the error names it', (port) => {
    expect(() => createAddressRules([], [443, port])).toThrow(`"${port}"`);
  });
});
