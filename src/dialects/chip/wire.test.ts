import type { EndpointPatch } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#lib/json.ts';
import { exampleEndpoint, exampleRequest } from '../../../test/support/examples.ts';
import { faults } from './errors.ts';
import { eventTypes } from './events.ts';
import {
  pageSize,
  readChange,
  resolveChange,
  readEndpointId,
  readPlace,
  readWhole,
  toListed,
  writePage,
  writeWebhook,
} from './wire.ts';

const endpoint = exampleEndpoint({
  url: 'https://shop.example/chip',
  eventTypes: ['purchase.paid'],
  attributes: { title: 'shop', public_key: 'PEM' },
});

const bytes = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

/** What a client is told of a refusal, as `[field, code]`. */
function refusalOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { status, body } = faults[error.code](error, 'request-1');
    const errors = Object.entries(body as Record<string, { code: string; message: string }[]>);
    return { status, errors: errors.flatMap(([field, list]) => list.map(({ code }) => [field, code])) };
  }
  return expect.fail('should have been refused');
}

describe('codes of refused bodies', () => {
  const shop = { title: 'shop', callback: 'https://shop.example/chip', events: ['purchase.paid'] };
  test.each([
    [
      'nothing',
      {},
      [
        ['title', 'required'],
        ['callback', 'required'],
        ['events', 'required'],
      ],
    ],
    ['no events', { ...shop, events: [] }, [['events', 'min_length']]],
    ['no events twice', { ...shop, events: [], all_events: false }, [['events', 'min_length']]],
    ['a null', { ...shop, title: null }, [['title', 'null']]],
    ['a null flag', { ...shop, all_events: null }, [['all_events', 'null']]],
    ['a blank', { ...shop, title: ' ' }, [['title', 'blank']]],
    ['a number', { ...shop, title: 1 }, [['title', 'invalid']]],
    ['a long title', { ...shop, title: 'é'.repeat(101) }, [['title', 'max_length']]],
    ['a bad URL', { ...shop, callback: 'shop.example' }, [['callback', 'invalid']]],
    ['no list', { ...shop, events: {} }, [['events', 'invalid']]],
    ['an unknown event', { ...shop, events: ['purchase.payed'] }, [['events', 'invalid_choice']]],
    ['no object', [], [['__all__', 'invalid']]],
    ['no flag', { ...shop, all_events: 'true' }, [['all_events', 'invalid']]],
  ])('%s', (_name, body, errors) => {
    expect(refusalOf(() => readWhole(bytes(body)))).toEqual({ status: 400, errors });
  });

  test('of a thousand unknown events ten are told', () => {
    const events = Array.from({ length: 1000 }, (_, index) => `x${index}`);
    expect(refusalOf(() => readWhole(bytes({ ...shop, events })))).toMatchObject({ errors: { length: 10 } });
  });

  test('a name is told back short', () => {
    const read = (): unknown => readWhole(bytes({ ...shop, events: ['x'.repeat(9999)] }));
    expect(read).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{0,120}$/s) }));
  });
});

describe('a partial change', () => {
  const change = (body: unknown, eventTypes: readonly string[]): EndpointPatch => {
    const { patch, change: own } = readChange(bytes(body));
    return own === undefined ? patch : { ...patch, ...resolveChange(own, { ...endpoint, eventTypes }) };
  };
  test.each([
    ['events of some', { events: ['payout.failed'] }, ['purchase.paid'], { eventTypes: ['payout.failed'] }],
    ['events of all: no more all', { events: ['payout.failed'] }, ['*'], { eventTypes: ['payout.failed'] }],
    ['the empty list that all shows: they stay all', { events: [] }, ['*'], { eventTypes: ['*'] }],
    [
      'no more all, and events',
      { all_events: false, events: ['payout.failed'] },
      ['*'],
      { eventTypes: ['payout.failed'] },
    ],
    ['not all, as it was', { all_events: false }, ['purchase.paid'], { eventTypes: ['purchase.paid'] }],
    ['all', { all_events: true }, ['purchase.paid'], { eventTypes: ['*'] }],
    ['the title', { title: 'new' }, ['*'], { attributes: { title: 'new' } }],
  ])('%s', (_name, body, before, patch) => {
    expect(change(body, before)).toEqual(patch);
  });

  test.each([
    ['no more all, and none listed', { all_events: false }, ['*']],
    ['an empty list', { events: [] }, ['purchase.paid']],
    ['an empty list for none', { events: [] }, []],
  ])('%s is refused', (_name, body, before) => {
    expect(refusalOf(() => change(body, before))).toEqual({
      status: 400,
      errors: [['events', 'min_length']],
    });
  });

  test('whatever is given, the outcome is a patch or a fault, and never without events', () => {
    const value = fc.oneof(fc.jsonValue(), fc.subarray([...eventTypes]), fc.boolean());
    const names = ['title', 'callback', 'events', 'all_events', '__proto__', 'public_key'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (body) => {
        try {
          const patch = change(body, ['*']);
          expect(patch.eventTypes).not.toEqual([]);
          expect(Object.keys(patch.attributes ?? {})).not.toContain('public_key');
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});

describe('round trips', () => {
  const webhook = fc.record({
    title: fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' }).filter((text) => text.trim() !== ''),
    callback: fc.webUrl({ withQueryParameters: true }).filter((url) => url.length <= 500),
    events: fc.subarray([...eventTypes], { minLength: 1 }),
    all_events: fc.boolean(),
  });

  test('what is written of what was read is what was sent', () => {
    fc.assert(
      fc.property(webhook, (sent) => {
        const { url, eventTypes, attributes } = readWhole(bytes(sent));
        const written = writeWebhook({ endpoint: { ...endpoint, url, eventTypes, attributes }, secrets: [] });
        expect(written).toMatchObject({ ...sent, events: sent.all_events ? [] : sent.events });
      }),
    );
  });

  test('an id is read as it is written, in any case', () => {
    const { id } = writeWebhook({ endpoint, secrets: [] });
    const text = textOf(id);
    for (const each of [text, text.toUpperCase()]) {
      expect(readEndpointId(exampleRequest({ params: { id: each } }))).toBe(endpoint.id);
    }
  });

  /** The list of a server whose newest endpoint is the last of `urls`. Cursors are URLs. */
  const listed = (urls: readonly string[], query: ReturnType<typeof toListed>) => {
    const newest = urls.toReversed();
    const start = 'cursor' in query ? newest.indexOf(query.cursor) + 1 : query.offset;
    const shown = newest.slice(start, start + query.limit);
    const hasMore = start + shown.length < newest.length;
    const items = shown.map((url) => ({ endpoint: { ...endpoint, url }, secrets: [] }));
    return { items, nextCursor: hasMore ? (shown.at(-1) ?? null) : null };
  };
  const show = (urls: readonly string[], search: string): JsonObject => {
    const place = readPlace(exampleRequest({ query: new URLSearchParams(search) }));
    return writePage(listed(urls, toListed(place)), place, 'https://gate.example/webhooks/');
  };
  const callbacksOf = (page: JsonObject): unknown[] =>
    (page['results'] as readonly JsonObject[]).map(({ callback }) => callback);

  test('following next visits every webhook once, also when others are created between the pages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 550 }), fc.integer({ min: 0, max: 150 }), (total, created) => {
        const urls = Array.from({ length: total }, (_, index) => `old-${index}`);
        const all = urls.toReversed();
        const seen: unknown[] = [];
        let page = show(urls, '');
        expect(page['previous']).toBeNull();
        seen.push(...callbacksOf(page));
        while (page['next'] !== null) {
          for (let count = 0; count < created; count++) urls.push(`new-${urls.length}`);
          page = show(urls, new URL(textOf(page['next'])).search);
          expect(page['previous']).not.toBeNull();
          seen.push(...callbacksOf(page));
        }
        expect(seen).toEqual(all);
      }),
    );
  });

  test('previous leads back to the first page', () => {
    const urls = Array.from({ length: 2 * pageSize + 1 }, (_, index) => String(index));
    const first = show(urls, '');
    const second = show(urls, new URL(textOf(first['next'])).search);
    const third = show(urls, new URL(textOf(second['next'])).search);
    expect([callbacksOf(third), third['next']]).toEqual([['0'], null]);
    const back = show(urls, new URL(textOf(third['previous'])).search);
    expect(callbacksOf(back)).toEqual(callbacksOf(second));
    expect(show(urls, new URL(textOf(back['previous'])).search)).toEqual(first);
  });
});

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
