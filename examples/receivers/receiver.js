// A receiver in JavaScript, for any dialect: npm install @carillon/verify, then
// PORT=9000 DIALECT=standard SECRET=whsec_… node receiver.js
import { createServer } from 'node:http';
import { createVerifier } from '@carillon/verify';
import { receive } from '@carillon/verify/express';

const { PORT = '9000', DIALECT = 'standard', SECRET = '' } = process.env;
const verifier = createVerifier({ dialect: DIALECT, secret: SECRET });

const handle = receive(verifier, async (delivery) => {
  process.stdout.write(`received ${delivery.id ?? ''} ${delivery.text()}\n`);
});

createServer(handle).listen(Number(PORT), '127.0.0.1', () => process.stdout.write('ready\n'));
