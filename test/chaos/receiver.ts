// Receivers of a chaos run, in a process of their own: one port, and one path for each endpoint. They verify the signature of
// every request and record it; the seed determines the response.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { fractionOf } from '../support/seeded-random.ts';
import type { Behaviour, Command, Report, Seen } from './messages.ts';

/** Longer than the timeout of any dialect. */
const lateMs = 25_000;

const seen: Seen[] = [];
const requestsOf = new Map<string, number>();
const accepted = new Set<string>();
let verifiers: Webhook[] = [];
let seed = 0;
let behaviour: Behaviour = { failing: 0, resetting: 0, late: 0, slowMs: 0, flap: null };
let clock = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  const began = clock++;
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => receive(request, response, Buffer.concat(chunks), began));
  request.on('error', () => {});
});
server.keepAliveTimeout = 60_000;

function receive(request: IncomingMessage, response: ServerResponse, body: Buffer, began: number): void {
  const endpoint = (request.url ?? '').slice(1);
  const id = String(request.headers['webhook-id']);
  const delivery = `${endpoint} ${id}`;
  const one: Seen = {
    delivery,
    hash: createHash('sha256').update(body).digest('base64url'),
    isSigned: isSigned(Number(endpoint), request, body.toString('utf8')),
    began,
    ended: Infinity,
    beganAt: Date.now(),
    outcome: 'open',
  };
  seen.push(one);
  const count = (requestsOf.get(delivery) ?? 0) + 1;
  requestsOf.set(delivery, count);
  const end = (outcome: Seen['outcome']): boolean => {
    if (one.outcome !== 'open') return false;
    one.outcome = outcome;
    one.ended = clock++;
    return true;
  };
  response.on('close', () => end('cut'));
  const answer = (): void => {
    const chance = count === 1 ? fractionOf(seed, delivery) : 1;
    if ((count === 1 && isDown()) || chance < behaviour.failing) {
      if (end('refused')) response.writeHead(500).end();
    } else if (chance < behaviour.failing + behaviour.resetting) {
      response.writeHead(200, { 'content-length': 1000 }).write('z'.repeat(500), () => {
        if (end('refused')) response.socket?.resetAndDestroy();
      });
    } else if (chance < behaviour.failing + behaviour.resetting + behaviour.late) {
      setTimeout(() => response.end(), lateMs).unref();
    } else if (end('accepted')) {
      accepted.add(delivery);
      response.end();
    }
  };
  const waitMs = fractionOf(seed + 1, `${delivery} ${count}`) * behaviour.slowMs;
  if (waitMs === 0) answer();
  else setTimeout(answer, waitMs);
}

/** Verifies with the official library, at the time of the sender, because a chaos run may set its clock wrong. */
function isSigned(endpoint: number, request: IncomingMessage, body: string): boolean {
  const { headers } = request;
  const verifier = verifiers[endpoint];
  if (verifier === undefined) return false;
  const timestamp = new Date(Number(headers['webhook-timestamp']) * 1000);
  const expected = verifier.sign(String(headers['webhook-id']), timestamp, body);
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

function isDown(): boolean {
  const { flap } = behaviour;
  return flap !== null && Date.now() % flap.periodMs < flap.downMs;
}

function send(report: Report): void {
  process.send?.(report);
}

process.on('message', (command: Command) => {
  switch (command.kind) {
    case 'prepare':
      ({ seed, behaviour } = command);
      break;
    case 'secrets':
      verifiers = command.secrets.map((secret) => new Webhook(secret));
      break;
    case 'count':
      send({ kind: 'count', accepted: accepted.size });
      break;
    case 'report':
      send({ kind: 'report', seen });
      break;
  }
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => {
  send({ kind: 'listening', port: (server.address() as AddressInfo).port });
});
