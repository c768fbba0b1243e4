// Text output of endpoints.
import type { Endpoint, EndpointWithSecret, FoundEndpoint } from '#contract/endpoints.ts';
import type { Cli } from '../cli.ts';
import { carillon } from '../invocation.ts';
import { describeMetadata } from '../metadata.ts';
import { describeSettings } from '../endpoint-settings.ts';
import type { Columns } from './pages.ts';
import type { RevealedSecret } from '#contract/secrets.ts';
import { formatFields } from './table.ts';
import { toPlain, toPlainLines } from './terminal.ts';
import { fullTime } from './times.ts';

/** In place of the URL of an endpoint that clients pull from. */
export const noUrl = '(pull)';

export function endpointColumns(cli: Cli): Columns<Endpoint> {
  return {
    names: ['ID', 'MODE', 'STATE', 'FAILURES', 'EVENT TYPES', 'URL'],
    row: (endpoint) => [
      endpoint.id,
      endpoint.mode,
      describeState(cli, endpoint),
      String(endpoint.failureCount),
      shorten(endpoint.eventTypes),
      toPlain(endpoint.url ?? noUrl),
    ],
    least: ['FAILURES', 'MODE'],
    none: `no endpoints; create one with: ${carillon} endpoints create <tenant> <url>`,
  };
}

/** Of endpoints of all tenants. */
export function foundEndpointColumns(cli: Cli): Columns<FoundEndpoint> {
  const { names, row, ...rest } = endpointColumns(cli);
  return { ...rest, names: ['TENANT', ...names], row: (found) => [toPlain(found.tenant), ...row(found)] };
}

/** Event types that a table shows by name. */
const typesShown = 3;

function shorten(eventTypes: readonly string[]): string {
  const shown = eventTypes.slice(0, typesShown).map(toPlain).join(',');
  const more = eventTypes.length - typesShown;
  return more > 0 ? `${shown} +${more}` : shown || '-';
}

function describeState(cli: Cli, { enabled, disabledReason }: Endpoint): string {
  const { green, red } = cli.terminal.colors;
  if (enabled) return green('enabled');
  return red(disabledReason === null ? 'disabled' : `disabled: ${disabledReason}`);
}

export function describeEndpoint(cli: Cli, endpoint: Endpoint): string {
  return formatFields(fieldsOf(cli, endpoint), cli.terminal.colors.dim);
}

export function describeEndpointSecret(cli: Cli, endpoint: EndpointWithSecret): string {
  const { dim, bold } = cli.terminal.colors;
  const { secret } = endpoint;
  if (secret === null) return `${describeEndpoint(cli, endpoint)}\n${describeSigning(endpoint)}`;
  return formatFields([...fieldsOf(cli, endpoint), ['secret', bold(toPlain(secret))]], dim);
}

export function describeSecret(cli: Cli, { endpoint, secret, previousSecretEndsAt }: RevealedSecret): string {
  const { dim, bold } = cli.terminal.colors;
  const fields = [
    ['endpoint', endpoint],
    ['secret', bold(toPlain(secret))],
    ...describePrevious(cli, previousSecretEndsAt),
  ] as const;
  return formatFields(fields, dim);
}

function describePrevious(cli: Cli, endsAt: string | null): [string, string][] {
  return endsAt === null ? [] : [['old secret', `signs until ${fullTime(cli, endsAt)}`]];
}

/** How receivers verify where this answer has no secret. */
function describeSigning({ attributes }: Endpoint): string {
  const hasKey = Object.values(attributes).some(
    (value) => typeof value === 'string' && value.includes('PUBLIC KEY'),
  );
  return hasKey
    ? 'Receivers verify its deliveries with this public key.'
    : `Its deliveries are signed with the secret of the tenant: ${carillon} tenants rotate-secret sets one; unsigned until then.`;
}

/** What the dialect keeps with an endpoint, under its own names. */
function describeAttributes({ attributes }: Endpoint): (readonly [string, string])[] {
  return Object.entries(attributes).map(([name, value]) => [
    toPlain(name),
    toPlainLines(typeof value === 'string' ? value : JSON.stringify(value)).trimEnd(),
  ]);
}

function fieldsOf(cli: Cli, endpoint: Endpoint): (readonly [string, string])[] {
  const { failureCount, firstFailureAt, lastFailureAt, disabledAt } = endpoint;
  const time = (text: string | null): string => (text === null ? '-' : fullTime(cli, text));
  const failures =
    failureCount === 0
      ? 'none'
      : `${failureCount} in a row, ${time(firstFailureAt)} to ${time(lastFailureAt)}`;
  return [
    ['id', endpoint.id],
    ['url', toPlain(endpoint.url ?? noUrl)],
    ['event types', endpoint.eventTypes.map(toPlain).join(', ') || '-'],
    ['mode', endpoint.mode],
    ['description', toPlain(endpoint.description ?? '-')],
    ['metadata', describeMetadata(endpoint.metadata)],
    ...describeAttributes(endpoint),
    ...describeSettings(endpoint),
    ...describePrevious(cli, endpoint.previousSecretEndsAt),
    ['state', `${describeState(cli, endpoint)}${disabledAt === null ? '' : ` since ${time(disabledAt)}`}`],
    ['failures', failures],
    ['created', time(endpoint.createdAt)],
    ['updated', time(endpoint.updatedAt)],
  ];
}
