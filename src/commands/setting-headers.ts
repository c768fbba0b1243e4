// The settings `headers` and `authorization`: static headers of an endpoint. Secret values are kept apart, to be sealed.
import { checkOwnHeaderName, checkOwnHeaderValue, secretHeaders } from '#core/headers.ts';
import type { GivenAuthorization, SettingsPatch, StaticHeader } from '#core/settings.ts';
import { type OpenSettings, type Terms, withMember } from './open-settings.ts';

export function changeHeaders(open: OpenSettings, { headers }: SettingsPatch, terms: Terms): OpenSettings {
  if (headers === undefined) return open;
  const stored: StaticHeader[] = [];
  const sealed: Record<string, string> = {};
  const seen = new Set<string>();
  const signatureNames = Object.keys(terms.dialect.docs.deliveries.headers);
  for (const [index, given] of (headers ?? []).entries()) {
    const at = `headers[${index}]`;
    const name = given.name.toLowerCase();
    const isSecret = given.secret === true || secretHeaders.has(name);
    const value = given.value ?? (isSecret ? open.secrets.headers?.[name] : undefined);
    const problem = seen.has(name) ? 'is given twice' : checkOwnHeaderName(given.name, signatureNames);
    if (problem !== null) terms.report({ field: `${at}.name`, message: problem });
    seen.add(name);
    const wrong = checkValue(value);
    if (wrong !== null) terms.report({ field: `${at}.value`, message: wrong });
    if (isSecret && value !== undefined) sealed[name] = value;
    stored.push({ name: given.name, value: isSecret ? null : (value ?? '') });
  }
  return {
    settings: withMember(open.settings, 'headers', stored.length === 0 ? undefined : stored),
    secrets: withMember(open.secrets, 'headers', Object.keys(sealed).length === 0 ? undefined : sealed),
  };
}

function checkValue(value: string | undefined): string | null {
  return value === undefined
    ? 'must be given: there is no secret value of this name to keep'
    : checkOwnHeaderValue(value);
}

export function changeAuthorization(
  open: OpenSettings,
  { authorization: given }: SettingsPatch,
  terms: Terms,
): OpenSettings {
  const isOwnHeader = (settings: OpenSettings['settings']): boolean =>
    settings.headers?.some(({ name }) => name.toLowerCase() === 'authorization') === true;
  const refuse = (member: string, message: string): void =>
    terms.report({ field: `authorization${member}`, message });
  const next = given === undefined ? open : setAuthorization(open, given, refuse);
  if (next.settings.authorization !== undefined && isOwnHeader(next.settings)) {
    refuse('', 'cannot stand beside a header of this name; remove one of them');
  }
  return next;
}

function setAuthorization(
  { settings, secrets }: OpenSettings,
  given: GivenAuthorization | null,
  refuse: (member: string, message: string) => void,
): OpenSettings {
  const put = (authorization: OpenSettings['settings']['authorization'], secret: string | undefined) => ({
    settings: withMember(settings, 'authorization', authorization),
    secrets: withMember(secrets, 'authorization', secret),
  });
  if (given === null) return put(undefined, undefined);
  const { type, username, password, token } = given;
  const kept = settings.authorization?.type === type ? secrets.authorization : undefined;
  if (type === 'basic') {
    if (token !== undefined) refuse('.token', 'belongs to the type bearer');
    if (username === undefined || username.includes(':')) refuse('.username', 'must be a text without ":"');
    if (password === undefined && kept === undefined) refuse('.password', 'must be given');
    return put({ type, username: username ?? '' }, password ?? kept);
  }
  if (username !== undefined) refuse('.username', 'belongs to the type basic');
  if (password !== undefined) refuse('.password', 'belongs to the type basic');
  if (token === undefined && kept === undefined) refuse('.token', 'must be given');
  return put({ type }, token ?? kept);
}
