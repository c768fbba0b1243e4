// Verifies deliveries of every dialect, at the path of its name:
// PORT=9000 STANDARD_SECRET=whsec_... node receiver.js
import { createServer } from 'node:http';
import * as calypso from './calypso.js';
import * as chip from './chip.js';
import * as spritz from './spritz.js';
import * as standard from './standard.js';

const bodyBytesMax = 2 * 1024 * 1024;

const isStandard = (headers, body, secret) =>
  standard.isGenuine(
    headers['webhook-id'] ?? '',
    headers['webhook-timestamp'] ?? '',
    headers['webhook-signature'] ?? '',
    body,
    secret,
  );
const checks = new Map([
  ['standard', isStandard],
  ['diddo', isStandard],
  ['calypso', (headers, body, secret) => calypso.isGenuine(headers['sign'] ?? '', body, secret)],
  ['chip', (headers, body, publicKey) => chip.isGenuine(headers['x-signature'] ?? '', body, publicKey)],
  ['spritz', (headers, body, secret) => spritz.isGenuine(headers['signature'] ?? '', body, secret)],
]);

const server = createServer(async (request, response) => {
  const dialect = request.url.slice(1);
  const secret = process.env[`${dialect.toUpperCase()}_SECRET`];
  const isGenuine = checks.get(dialect);
  const body = await readBody(request);
  if (isGenuine === undefined || !secret) response.writeHead(404);
  else if (body === null || !isGenuine(request.headers, body, secret)) response.writeHead(400);
  // JSON.parse comes after the verification.
  else process.stdout.write(`received ${dialect} ${body}\n`);
  response.end();
});

/** The raw bytes; null when there are too many. */
async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= bodyBytesMax) chunks.push(chunk);
  }
  return length <= bodyBytesMax ? Buffer.concat(chunks) : null;
}

server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => process.stdout.write('ready\n'));
