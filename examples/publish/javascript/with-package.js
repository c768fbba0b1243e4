// The same with @carillon/client, which repeats the request after a timeout, 429 or 5xx:
// npm install @carillon/client, then
// CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... node with-package.js 17
import { createClient } from '@carillon/client';

const { CARILLON_URL, CARILLON_KEY } = process.env;
const order = Number(process.argv[2]);

const carillon = createClient({ server: CARILLON_URL, key: CARILLON_KEY });
const answer = await carillon.publish('acme', {
  // An id of your own is safe across restarts of your program, too.
  id: `order-${order}-paid`,
  type: 'payment.succeeded',
  payload: { order, amount: '12.50', currency: 'EUR' },
  // Deliveries with the same key keep their order.
  orderingKey: `order-${order}`,
});
process.stdout.write(`${JSON.stringify(answer)}\n`);
