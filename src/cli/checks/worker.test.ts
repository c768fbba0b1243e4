// Against a fake server: attempts and metrics as a running one answers them.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkWorker } from './worker.ts';

let server: Server;
let url = '';
let answers: { attempts: number; metrics: string };

beforeAll(async () => {
  server = createServer(({ url: path = '', headers }, response) => {
    if (path === '/metrics') return response.end(answers.metrics);
    if (headers.authorization === undefined) {
      const refusal = '{"type":"urn:carillon:problem:key_missing","code":"key_missing","detail":""}';
      return response.writeHead(401).end(refusal);
    }
    const counts = { start: '', refused: 0, unreachable: 0, p50Ms: 1, p95Ms: 1, p99Ms: 1 };
    const data = answers.attempts === 0 ? [] : [{ ...counts, accepted: answers.attempts }];
    return response.end(JSON.stringify({ bucket: 'minute', since: '', data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const waiting = (seconds: number | string): string =>
  `# TYPE carillon_oldest_waiting_seconds gauge\ncarillon_oldest_waiting_seconds ${seconds}\ncarillon_waiting 1\n`;

test.each<[string, number, string, string, RegExp]>([
  ['attempts were made', 7, waiting(900), 'ok', /^7 attempts in the last 10 minutes$/],
  ['nothing waits', 0, waiting(0), 'ok', /^nothing waits/],
  ['something waits for a moment', 0, waiting('12.5'), 'ok', /^nothing waits/],
  ['nothing takes what waits', 0, waiting(3700), 'fail', /^no attempt .* a delivery waits for 1 h 1 min$/],
  ['a metric with labels', 0, 'carillon_oldest_waiting_seconds{role="api"} 61\n', 'fail', /waits for 1 min/],
  ['metrics of another version', 0, 'other 1\n', 'warn', /^the metrics do not say/],
])('%s', async (_, attempts, metrics, status, detail) => {
  answers = { attempts, metrics };
  const found = await checkWorker({ url, adminKey: 'cak_01234567890123456789' }, Date.UTC(2026, 0, 2));
  expect(found).toMatchObject({ check: 'worker', status, detail: expect.stringMatching(detail) });
});
