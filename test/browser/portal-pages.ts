// Links of the portal, and a page of another origin that holds it in a frame.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildScripts } from '../../scripts/build-packages.ts';
import type { Console } from './console.ts';

export interface Link {
  readonly id: string;
  /** From the root of the server on. */
  readonly path: string;
  readonly url: string;
}

export async function makeLink({ admin }: Console, tenant: string, fields: object = {}): Promise<Link> {
  const body = { mode: 'live', ...fields };
  const { id, url } = await admin('POST', `/tenants/${tenant}/portal-sessions`, body);
  const { pathname, hash } = new URL(url);
  return { id, url, path: pathname + hash };
}

export interface HostPage {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** A page of a platform: the element, and what it said. `/?src=` is the link. */
export async function startHostPage(): Promise<HostPage> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-element-'));
  await buildScripts('portal', ['portal'], folder);
  const script = readFileSync(join(folder, 'portal.js'));
  const page = `<!doctype html><html lang="en"><title>Platform</title><h1>Settings</h1>
    <script type="module" src="/portal.js"></script><script type="module" src="/page.js"></script><main></main>`;
  const own = `
    const portal = document.createElement('carillon-portal');
    window.said = [];
    for (const name of ['expired', 'navigate'])
      portal.addEventListener(name, ({ detail }) => window.said.push([name, detail.path ?? '']));
    portal.setAttribute('src', new URLSearchParams(location.search).get('src'));
    document.querySelector('main').append(portal);`;
  const server: Server = createServer(({ url = '' }, response) => {
    const isScript = url.endsWith('.js');
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(url === '/portal.js' ? script : url === '/page.js' ? own : page);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
