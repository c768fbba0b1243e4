// The link that opened this page: `/portal/<id>#<secret>`. The secret is read once and removed from the address bar, so that
// no history, bookmark or screenshot has it.
import { serverRoot } from '#web/lib/api.ts';

const [, path = '', id = ''] = /^(.*\/portal\/([^/]+))/.exec(window.location.pathname) ?? [];
let secret: string | null = window.location.hash.slice(1) || null;
if (secret !== null)
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);

export const sessionId = decodeURIComponent(id);
/** Where the screens of this session are. */
export const portalRoot = path === '' ? `${serverRoot.pathname}portal` : path;

/** What the link brought; null when it brought nothing, or it is used up. */
export function linkSecret(): string | null {
  return secret;
}

export function dropSecret(): void {
  secret = null;
}
