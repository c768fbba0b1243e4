import { expect, test } from 'vitest';
import { readPartitionList } from './partition-list.ts';
import { splitHosts } from './postgres-url.ts';

const read = (text: string) => readPartitionList(text, splitHosts);

test('names and URLs are read, also of several hosts, on one line or on many', () => {
  const eu = { name: 'eu', url: 'postgres://u:p@a:5432,b:5432/carillon?target_session_attrs=read-write' };
  const us = { name: 'us-1', url: 'postgresql://u@c/carillon' };
  expect(read(`${eu.name}=${eu.url},${us.name}=${us.url}`)).toEqual([eu, us]);
  expect(read(`\n${eu.name}=${eu.url}\n${us.name}=${us.url},\n`)).toEqual([eu, us]);
  expect(read('')).toEqual([]);
});

test.each([
  ['eu', /must be name=postgres:/],
  ['eu=mysql://secret@a/b', /must be name=postgres:/],
  ['EU=postgres://secret@a/b', /must be name=postgres:/],
  ['eu=postgres://secret@a/b,eu=postgres://secret@c/b', /each partition once; "eu"/],
  ['directory=postgres://secret@a/b', /DATABASE_URL/],
  ['eu=postgres://secret@a,,b/c', /of eu must not have an empty name/],
  [Array.from({ length: 64 }, (_, nth) => `p${nth}=postgres://secret@a/b`).join(), /at most 63/],
])('%s is refused, without the URL in the message', (text, message) => {
  expect(() => read(text)).toThrow(message);
  expect(() => read(text)).not.toThrow(/secret/);
});
