// A running server with a receiver, a client of its admin API, and a browser that is signed in to its console.
import { rmSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildWeb } from '../../scripts/build-web.ts';
import { launchBrowser, watch } from '../support/browser.ts';
import { temporaryFolder } from '../support/harness.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

export interface Console {
  readonly server: ServerProcess;
  readonly receiver: Receiver;
  readonly browser: Browser;
  /** Calls the admin API (`path` after /admin/v1). Throws for a refusal. */
  readonly admin: <T = any>(method: string, path: string, body?: unknown) => Promise<T>;
  /** Opens a page of the server in a session of its own. */
  readonly visit: (path: string, options?: VisitOptions) => Promise<Visit>;
  readonly close: () => Promise<void>;
}

interface VisitOptions extends BrowserContextOptions {
  /** Signs in with this key; when absent, with that of the configuration. */
  readonly key?: string;
  /** False: the reader still has to sign in. */
  readonly isSignedIn?: boolean;
}

export interface Visit {
  readonly page: Page;
  /** What the page did that it must not do. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
}

export async function startConsole(settings: Record<string, string> = {}): Promise<Console> {
  buildWeb();
  const folder = temporaryFolder();
  const [server, receiver, browser] = await Promise.all([
    startServer(folder, settings),
    startReceiver(),
    launchBrowser(),
  ]);
  const { url, adminKey } = server;
  return {
    server,
    receiver,
    browser,
    async admin(method, path, body) {
      const response = await fetch(`${url}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    async visit(path, { isSignedIn = true, key = adminKey, ...options } = {}) {
      const context = await browser.newContext({ baseURL: url, ...options });
      if (isSignedIn) {
        const headers = { origin: url };
        await context.request.post('/console/session', { data: { key }, headers });
      }
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const problems = watch(page, url);
      await page.goto(path);
      return { page, problems, close: () => context.close() };
    },
    async close() {
      await browser.close();
      await receiver.close();
      await server.terminate();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
