// Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... node publish.js 17
const { CARILLON_URL, CARILLON_KEY } = process.env;
const order = Number(process.argv[2]);

const event = {
  // An id of your own. After a timeout, 429 or 5xx, send the same again: it is published once.
  id: `order-${order}-paid`,
  type: 'payment.succeeded',
  payload: { order, amount: '12.50', currency: 'EUR' },
  // Deliveries with the same key keep their order.
  orderingKey: `order-${order}`,
};
const response = await fetch(`${CARILLON_URL}/admin/v1/tenants/acme/events`, {
  method: 'POST',
  headers: { authorization: `Bearer ${CARILLON_KEY}`, 'content-type': 'application/json' },
  body: JSON.stringify(event),
  signal: AbortSignal.timeout(10_000),
});
const answer = await response.text();
// 202: the event and its deliveries are on disk.
if (response.status !== 202) throw new Error(`${response.status} ${answer}`);
process.stdout.write(`${answer}\n`);
