// The same with @carillon/verify: npm install @carillon/verify, then
// PORT=9000 STANDARD_SECRET=whsec_... node with-package.js
import { createServer } from 'node:http';
import { createVerifier } from '@carillon/verify';
import { receive } from '@carillon/verify/express';

const handlers = new Map();
for (const dialect of ['standard', 'diddo', 'calypso', 'chip', 'spritz']) {
  const secret = process.env[`${dialect.toUpperCase()}_SECRET`];
  if (!secret) continue;
  const verifier = createVerifier({ dialect, secret });
  const handle = receive(verifier, async (delivery) => {
    process.stdout.write(`received ${dialect} ${delivery.text()}\n`);
  });
  handlers.set(`/${dialect}`, handle);
}

const server = createServer((request, response) => {
  const handle = handlers.get(request.url);
  if (handle === undefined) response.writeHead(404).end();
  else handle(request, response);
});
server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => process.stdout.write('ready\n'));
