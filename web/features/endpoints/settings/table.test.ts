import { expect, test, vi } from 'vitest';
import { ChangeEndpoint, CreateEndpoint } from '#contract/endpoints.ts';
import { emptyDrafts, writeChanges, wrongOf } from './draft.ts';
import { settings } from './table.ts';

// The client of the API asks the page where the server is.
vi.hoisted(() => vi.stubGlobal('document', { baseURI: 'http://127.0.0.1/' }));

/** Members of the API that are no settings of the form: they have controls of their own. */
const elsewhere = ['kind', 'mode', 'secret'];

test('every setting of the API has an entry, and none is there twice', () => {
  const inApi = Object.keys({ ...CreateEndpoint.properties, ...ChangeEndpoint.properties });
  const expected = inApi.filter((name) => !elsewhere.includes(name));
  expect(settings.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
});

test('what is not touched is not sent', () => {
  const before = emptyDrafts(settings);
  expect(writeChanges(settings, before, before)).toEqual({});
  const drafts = { ...before, timeoutMs: '9000', rateLimit: { perSecond: '10', burst: 'many' } };
  expect(writeChanges(settings, before, drafts)).toEqual({
    timeoutMs: 9000,
    rateLimit: { perSecond: 10, burst: 'many' },
  });
});

test('a problem belongs to the setting that its field begins with', () => {
  const fields = { 'headers[0].name': 'a', headersMax: 'b', 'retry.delaysMs[2]': 'c', url: 'd' };
  expect(wrongOf('headers', fields)).toEqual([{ place: '[0].name', message: 'a' }]);
  expect(wrongOf('retry', fields)).toEqual([{ place: '.delaysMs[2]', message: 'c' }]);
  expect(wrongOf('url', fields)).toEqual([{ place: '', message: 'd' }]);
});
