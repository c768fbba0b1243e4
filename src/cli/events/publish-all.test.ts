// `carillon events publish` from a file or a pipe, against a fake admin API.
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
  type Asked,
  eventLine,
  problem,
  useFakeAdmin,
} from '../../../test/support/fake-admin.ts';

const admin = useFakeAdmin();

const publishAll = ({ body }: Asked): Answer => {
  const { events } = JSON.parse(body) as { events: { id: string }[] };
  const published = events.map(({ id }) => ({
    id,
    type: 'a',
    mode: 'live',
    deliveries: 2,
    createdAt: '',
    replayed: id === '1',
  }));
  return { status: 202, body: { events: published } };
};

describe('publishing from a file or a pipe', () => {
  test('from a pipe, with a final count', async () => {
    admin.answer = publishAll;
    const { code, out, error } = await admin.carillon(['events', 'publish', 'acme', '-'], {
      input: `${eventLine(1)}\n\n${eventLine(2)}\n`,
    });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(error).toMatch(/^2 events published \(1 of them published before\), 4 deliveries in \d+\.\d s\n$/);
  });

  test('from a file of many, in batches, with the answers as JSON', async () => {
    admin.answer = publishAll;
    const path = admin.write(
      'many.ndjson',
      Array.from({ length: 2500 }, (_, index) => eventLine(index)).join('\n'),
    );
    const { code, out } = await admin.carillon(['events', 'publish', 'acme', '--file', path, '--json']);
    expect(code).toBe(0);
    const published = out
      .trim()
      .split('\n')
      .map((text): unknown => JSON.parse(text));
    expect(published).toHaveLength(2500);
    expect(published[2499]).toMatchObject({ id: '2499', deliveries: 2 });
    const batches = admin.asked.map(({ body }) => (JSON.parse(body) as { events: unknown[] }).events.length);
    expect(batches).toEqual([1000, 1000, 500]);
    expect(admin.asked.map(({ url }) => url)).toEqual(
      Array.from({ length: 3 }, () => '/admin/v1/tenants/acme/events/batch'),
    );
  });

  test('nothing is sent of a file with a wrong line', async () => {
    admin.answer = publishAll;
    const path = admin.write('wrong.ndjson', [eventLine(1), eventLine(2), '{"type":1}'].join('\n'));
    const { code, error } = await admin.carillon(['events', 'publish', 'acme', path]);
    expect({ code, asked: admin.asked }).toEqual({ code: 1, asked: [] });
    expect(error).toMatch(
      /^error: line 3: type: must be a string that is not empty\n {2}nothing was published\n/,
    );
  });

  test('of a pipe, the events before the wrong line are sent and counted', async () => {
    admin.answer = publishAll;
    const { code, error } = await admin.carillon(['events', 'publish', 'acme', '-'], {
      input: `${eventLine(1)}\nnonsense\n`,
    });
    expect(code).toBe(1);
    expect(error).toMatch(/^error: line 2: not valid JSON.*\n {2}1 event before it was published/);
  });

  test('the server names the line that it refuses', async () => {
    admin.answer = () =>
      problem(400, 'event_type_unknown', [{ field: 'events[1].type', message: 'is not known' }]);
    const { code, error } = await admin.carillon(['events', 'publish', 'acme', '-'], {
      input: `\n${eventLine(1)}\n${eventLine(2)}\n`,
    });
    expect(code).toBe(1);
    expect(error).toBe('error: line 3: type: is not known\n  nothing was published\n');
  });

  test.each([
    ['no such file', '/does/not/exist', /cannot read .*: no such file/],
    ['a folder', tmpdir(), /cannot read .*: it is a directory/],
  ])('%s', async (_, path, message) => {
    const { code, error } = await admin.carillon(['events', 'publish', 'acme', path]);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(message) });
  });

  test.each([
    [
      'file and flags',
      ['-', '--type', 'a', '--ordering-key', 'k'],
      /--type, --ordering-key cannot be given with a file/,
    ],
    ['two files', ['-', '--file', 'x'], /give the file once/],
    ['neither', [], /give --type and --payload/],
    ['no payload', ['--type', 'a'], /give the payload/],
    ['no JSON', ['--type', 'a', '--payload', '{'], /not valid JSON/],
  ])('wrong usage: %s', async (_, args, message) => {
    const { code, error } = await admin.carillon(['events', 'publish', 'acme', ...args]);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringMatching(message) });
  });
});
