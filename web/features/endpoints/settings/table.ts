// All settings of an endpoint: one entry each, in the order in which they are shown. What one needs besides its fields
// stands in the file of these.
import { formatCount, formatDuration } from '#web/lib/format.ts';
import {
  AuthorizationFields,
  noAuthorization,
  readAuthorization,
  writeAuthorization,
} from './authorization.tsx';
import {
  dialectRule,
  DisableFields,
  disableProblem,
  readDisableAfter,
  writeDisableAfter,
} from './disable-after.tsx';
import { chosenTypes, EventTypes, type TypesDraft } from './event-types.tsx';
import { FilterFields, filterProblem, readFilter, writeFilter } from './filter.tsx';
import { HeaderFields, type HeaderDraft, readHeaders, writeHeaders } from './headers.tsx';
import { readPairs, writePairs } from './metadata.ts';
import { readOptionalNumber } from './numbers.ts';
import { noRate, RateFields, readRate, writeRate } from './rate-limit.tsx';
import { dialectRetry, readRetry, RetryFields, retryProblem, writeRetry } from './retry.tsx';
import { type AnySetting, define } from './setting.ts';
import { LineField, LinesField, NumberField, UrlField } from './text-fields.tsx';
import { noTls, readTls, TlsFields, writeTls } from './tls.tsx';

const noHeaders: readonly HeaderDraft[] = [];

export const settings: readonly AnySetting[] = [
  define({
    name: 'url',
    label: 'URL',
    group: 'Destination',
    standard: 'none, it is needed.',
    limit: 'https, a public host, at most 2,048 characters.',
    empty: '',
    read: ({ url }) => url ?? '',
    write: (text: string) => text.trim(),
    problem: urlProblem,
    Fields: UrlField,
  }),
  define<TypesDraft>({
    name: 'eventTypes',
    label: 'Event types',
    group: 'Destination',
    standard: 'all (*).',
    limit: 'Names, prefixes such as payment.*, or * for all, future ones included. At most 200.',
    empty: { chosen: ['*'], typed: '' },
    read: ({ eventTypes }) => ({ chosen: eventTypes, typed: '' }),
    write: chosenTypes,
    Fields: EventTypes,
  }),
  define({
    name: 'filter',
    label: 'Filter',
    group: 'Destination',
    standard: 'none: all events of its types.',
    limit: 'JSON: conditions on the payload. At most 8 KiB and 16 levels.',
    empty: '',
    read: readFilter,
    write: writeFilter,
    problem: filterProblem,
    Fields: FilterFields,
  }),
  define({
    name: 'headers',
    label: 'Headers',
    group: 'Request',
    isList: true,
    standard: 'none besides those of the request and the signature.',
    limit:
      'At most 20; a name of 100 characters, a value of 2,048. Secret values are encrypted and not shown.',
    empty: noHeaders,
    read: readHeaders,
    write: writeHeaders,
    Fields: HeaderFields,
  }),
  define({
    name: 'authorization',
    label: 'Authorization',
    group: 'Request',
    standard: 'none.',
    limit: 'User and password of 2,048 characters each, or a token of 4,096. Encrypted and not shown.',
    empty: noAuthorization,
    read: readAuthorization,
    write: writeAuthorization,
    Fields: AuthorizationFields,
  }),
  define({
    name: 'timeoutMs',
    label: 'Timeout in ms',
    group: 'Request',
    standard: ({ timeoutMs }) => `${formatDuration(timeoutMs)}.`,
    limit: '1,000 to 60,000 ms, for the whole response.',
    empty: '',
    read: ({ timeoutMs }) => (timeoutMs === null ? '' : String(timeoutMs)),
    write: readOptionalNumber,
    Fields: NumberField,
  }),
  define({
    name: 'tls',
    label: 'TLS',
    group: 'Request',
    standard: 'the public authorities, no client certificate, TLS 1.2 or later.',
    limit: 'PEM of up to 16,384 characters each, 1 to 10 certificates. Encrypted; what is left empty stays.',
    empty: noTls,
    read: readTls,
    write: writeTls,
    Fields: TlsFields,
  }),
  define({
    name: 'egress',
    label: 'Egress proxy',
    group: 'Request',
    isOperators: true,
    standard: 'that of the configuration.',
    limit: 'A name from the configuration, or direct for none.',
    empty: '',
    read: ({ egress }) => egress ?? '',
    write: (text: string) => (text.trim() === '' ? null : text.trim()),
    Fields: LineField,
  }),
  define({
    name: 'rateLimit',
    label: 'Rate limit',
    group: 'Attempts',
    standard: 'none: as fast as the receiver answers.',
    limit: '0.1 to 1,000 requests per second, a burst of 1 to 1,000; for each process.',
    empty: noRate,
    read: readRate,
    write: writeRate,
    Fields: RateFields,
  }),
  define({
    name: 'inFlightMax',
    label: 'Requests in flight',
    group: 'Attempts',
    standard: 'the limit of the server.',
    limit: '1 to 1,000, in each process.',
    empty: '',
    read: ({ inFlightMax }) => (inFlightMax === null ? '' : String(inFlightMax)),
    write: readOptionalNumber,
    Fields: NumberField,
  }),
  define({
    name: 'retry',
    label: 'Retries',
    group: 'Attempts',
    standard: ({ attempts, spanMs }) =>
      `${formatCount(attempts, 'attempt')} within ${formatDuration(spanMs)}.`,
    limit: 'At most 24 delays of 1 s or more, all within 7 days.',
    empty: dialectRetry,
    read: readRetry,
    write: writeRetry,
    problem: retryProblem,
    Fields: RetryFields,
  }),
  define({
    name: 'disableAfter',
    label: 'Disable it',
    group: 'Attempts',
    standard: ({ disabling }) => `${disabling}.`,
    limit: '1 to 10,000 failures in a row, or 1 minute to 30 days of failures.',
    empty: dialectRule,
    read: readDisableAfter,
    write: writeDisableAfter,
    problem: disableProblem,
    Fields: DisableFields,
  }),
  define({
    name: 'transform',
    label: 'Transform',
    group: 'Attempts',
    standard: 'none: the event as it was published.',
    limit: 'JavaScript that ends with a function, such as (event) => event.payload. At most 32 KiB.',
    empty: '',
    read: ({ transform }) => transform ?? '',
    write: (text: string) => (text.trim() === '' ? null : text),
    Fields: LinesField,
  }),
  define({
    name: 'description',
    label: 'Description',
    group: 'Own data',
    standard: 'none.',
    limit: 'A text to show, at most 500 characters.',
    empty: '',
    read: ({ description }) => description ?? '',
    write: (text: string) => (text.trim() === '' ? null : text.trim()),
    Fields: LineField,
  }),
  define({
    name: 'metadata',
    label: 'Metadata',
    group: 'Own data',
    isOperators: true,
    standard: 'none.',
    limit: 'Strings of your own, one name: value per line, at most 50. They are not delivered.',
    empty: '',
    read: ({ metadata }) => writePairs(metadata),
    write: readPairs,
    Fields: LinesField,
  }),
];

function urlProblem(text: string): string | undefined {
  if (text === '' || /^h?t?t?p?s?:?\/?\/?$/.test(text)) return undefined;
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
    ? undefined
    : 'must be a whole URL, like https://shop.example/hooks';
}
