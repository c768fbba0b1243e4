// A fake admin API for whole command lines in this process: it records what it is asked, and answers what a test says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { commandRoutes } from '#cli/scopes.ts';
import { adminPrefix, type RouteName, routes } from '#contract/routes.ts';
import { type InProcessOptions, runInProcess } from './in-process.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface FakeAdmin {
  /** Where it listens, from the first test on. */
  readonly origin: string;
  readonly folder: string;
  asked: Asked[];
  /** 204 before each test. */
  answer: (request: Asked) => Answer;
  /** Runs a command line against it, unless the options have another environment. */
  carillon(args: readonly string[], options?: InProcessOptions): ReturnType<typeof runInProcess>;
  /** Writes a file into its folder, and returns the path. */
  write(name: string, text: string): string;
}

/** Call it at the top of a test file: it listens before its tests, and ends after them. */
export function useFakeAdmin(): FakeAdmin {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-cli-'));
  let server: Server;
  let origin = '';
  const admin: FakeAdmin = {
    get origin() {
      return origin;
    },
    folder,
    asked: [],
    answer: nothing,
    async carillon(args, options = {}) {
      const environment = { CARILLON_SERVER: origin, CARILLON_ADMIN_KEY: 'cak_01234567890123456789' };
      const before = admin.asked.length;
      const finished = await runInProcess(args, { environment, ...options });
      for (const request of admin.asked.slice(before)) expectDeclared(args, request);
      return finished;
    },
    write(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
  };
  beforeAll(async () => {
    server = listen(admin);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    admin.asked = [];
    admin.answer = nothing;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return admin;
}

/** The help of a command names the scopes of all routes that it calls. */
function expectDeclared(args: readonly string[], { method, url }: Asked): void {
  const words = args.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  const pairs = words.map((word, place) => `${word} ${words[place + 1] ?? ''}`);
  const command = [...pairs, ...words].find((name) => name in commandRoutes) ?? '';
  const declared: readonly RouteName[] = commandRoutes[command] ?? [];
  const [, path = ''] = url.split('?')[0]?.split(adminPrefix) ?? [];
  const called = (Object.keys(routes) as RouteName[]).filter(
    (name) => routes[name].method === method && isAt(routes[name].path, path),
  );
  const hasScope = called.some((name) => routes[name].scope !== null);
  if (hasScope)
    expect(declared, `${args.join(' ')} calls ${method} ${path}`).toEqual(expect.arrayContaining(called));
}

function isAt(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}

const nothing = (): Answer => ({ status: 204 });

function listen(admin: FakeAdmin): Server {
  return createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      // The client asks without the key first, to see that this is Carillon.
      if (headers.authorization === undefined) {
        const refusal = '{"type":"urn:carillon:problem:key_missing","code":"key_missing","detail":""}';
        response.writeHead(401).end(refusal);
        return;
      }
      const received = { method, url, key: headers.authorization, body };
      admin.asked.push(received);
      const { status, body: answered, headers: more } = admin.answer(received);
      response
        .writeHead(status, more)
        .end(typeof answered === 'string' ? answered : JSON.stringify(answered));
    });
  });
}

/** A page of a list. */
export function pageOf(data: readonly unknown[], nextCursor: string | null = null): Answer {
  return { status: 200, body: { data, nextCursor } };
}

/** A refusal as the admin API words it. */
export function problem(
  status: number,
  code: string,
  errors: { field: string; message: string }[] = [],
): Answer {
  const detail =
    errors.length === 0 ? `${code} happened` : errors.map((e) => `${e.field}: ${e.message}`).join('; ');
  return {
    status,
    body: { type: `urn:carillon:problem:${code}`, title: code, status, detail, code, errors },
    headers: { 'content-type': 'application/problem+json' },
  };
}

/** An event as a line of NDJSON. */
export function eventLine(id: number): string {
  return `{"id":"${id}","type":"a","payload":{"n":${id}}}`;
}
