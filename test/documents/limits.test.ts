// docs/limits.md and docs/configuration.md have every setting and every limit, with the defaults that the code has.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settings } from '#config.ts';
import { defaultLimits } from '#core/limits.ts';
import { readRows } from '../support/markdown.ts';

const configuration = readRows('docs/configuration.md');
const limits = readRows('docs/limits.md');

test('docs/configuration.md has every setting with its default, and no other', () => {
  expect(configuration.map(([name = '']) => name.replaceAll('`', '')).toSorted()).toEqual(
    settings.map(({ name }) => name).toSorted(),
  );
  const stated = Object.fromEntries(
    configuration.map(([name = '', text]) => [name.replaceAll('`', ''), text]),
  );
  for (const setting of settings) {
    if (setting.default === '') expect(stated[setting.name], setting.name).not.toMatch(/^`[^`]*`$/);
    else expect(stated[setting.name], setting.name).toBe(`\`${setting.default}\``);
  }
});

test('docs/configuration.md marks the secrets', () => {
  const marked = configuration
    .filter(([, , meaning]) => meaning?.endsWith('*Secret*'))
    .map(([name = '']) => name);
  const secrets = settings.filter(({ isSecret }) => isSecret === true).map(({ name }) => `\`${name}\``);
  expect(marked.toSorted()).toEqual(secrets.toSorted());
});

/** Settings that bound nothing. */
const unbounded =
  /^(HOST|PORT|PUBLIC_URL|TRUST_PROXY|NO_PROXY|AWS_.*|DATABASE_URL|LOG_.*|OTEL_.*|SHUTDOWN_TIMEOUT|CARILLON_(DATABASE_WAIT|ADMIN_KEY|ENCRYPTION_KEY|ROLE|PAUSED|EVENT_TYPES|THREADS|ALLOW_\w+|EGRESS_\w+|SMTP_URL|MAIL_FROM|ARCHIVE|OUTBOX|OUTBOX_TABLE))$/;

const bounds = settings.filter(({ name }) => !unbounded.test(name));

test.each(bounds)('docs/limits.md has $name with its default', ({ name, default: text }) => {
  const row = limits.find(([, , setting]) => setting?.includes(`\`${name}\``));
  expect(row, name).toBeDefined();
  if (text !== '') expect(row?.[1]?.split(/[ ,;]+/), name).toContain(text);
});

test('docs/limits.md names no setting that there is not', () => {
  const named = limits.flatMap(([, , setting = '']) => setting.match(/`CARILLON_\w+`/g) ?? []);
  expect(named.filter((name) => !settings.some((setting) => `\`${setting.name}\`` === name))).toEqual([]);
});

/** The row of each limit that no setting changes: how its first cell begins. */
const rowOf: Readonly<Record<string, string>> = {
  batchEventsMax: 'events of one batch',
  batchBytesMax: 'bytes of one batch',
  urlLengthMax: 'characters of a URL',
  eventTypesMax: 'event types of an endpoint',
  attemptsMax: 'attempts of one delivery',
  bufferedMax: 'deliveries, and bytes',
  bufferedBytesMax: 'deliveries, and bytes',
  // Of src/contract/.
  pageLimitDefault: 'rows of a page',
  pageLimitMax: 'rows of a page',
  deliveriesPerPull: 'deliveries of a pull',
  leaseMsDefault: 'milliseconds of the lease',
  failuresMinDefault: 'failures in a row',
  waitSecondsDefault: 'failures in a row',
  ratePerSecondDefault: 'deliveries per second',
  endpointsMax: 'endpoints in one question',
  recipientsMax: 'recipients of an alert',
  overlapSecondsDefault: 'seconds that the old secret',
  eventTypeLengthMax: 'characters of an event type',
  contrastMin: 'contrast of the accent',
  silentMsMax: 'milliseconds of silence',
};

const fixed = Object.entries(defaultLimits)
  .filter(([name]) => !/CARILLON/.test(name) && name in rowOf && name !== 'endpointsMax')
  .map(([name, value]) => ({ name, value: String(value) }));

test('every limit of the server has a setting or a row', () => {
  const withSetting = settings.map(({ default: text }) => text);
  const without = Object.entries(defaultLimits).filter(
    ([name, value]) => !(name in rowOf) && value !== null && !withSetting.includes(String(value)),
  );
  expect(without).toEqual([]);
});

const constants = globSync('src/contract/*.ts')
  .filter((path) => !path.endsWith('.test.ts'))
  .flatMap((path) => [
    ...readFileSync(path, 'utf8').matchAll(
      /^(?:export )?const (\w+(?:Max|Min|Default|PerPull)) = (.+?)(?: as const)?;$/gm,
    ),
  ])
  .flatMap(([, name = '', value = '']) =>
    (value.match(/[\d_.]+/g) ?? []).map((number) => ({ name, value: number.replaceAll('_', '') })),
  );

test('the constants of the contract are found', () => {
  expect(new Set(constants.map(({ name }) => name)).size).toBeGreaterThan(8);
});

test.each([...fixed, ...constants])('docs/limits.md has $name, $value', ({ name, value }) => {
  const row = limits.find(([first]) => first?.startsWith(rowOf[name] ?? 'a name that is not in the table'));
  expect(row, name).toBeDefined();
  expect(`${row?.[1]} ${row?.[2]}`.split(/[ ,;]+/), name).toContain(value);
});
