// Senders and receivers for the tests of src/sending, closed after each test.
import { onTestFinished } from 'vitest';
import type { Reply, Unsent } from '#core/attempt.ts';
import { createAddressRules } from '#sending/address.ts';
import type { Resolve } from '#sending/resolve.ts';
import { createSender, type Sender, type SenderOptions, type SendRequest } from '#sending/send.ts';
import { type Behaviour, type Receiver, type ReceiverOptions, startReceiver } from './hostile.ts';

export async function receive(behave: Behaviour, options?: ReceiverOptions): Promise<Receiver> {
  const receiver = await startReceiver(behave, options);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** A sender whose requests are sent. */
export interface TestSender extends Sender {
  /** Rejects when the request was not sent for a reason of ours. */
  send(request: SendRequest): Promise<Reply>;
  /** As `Sender.send`. */
  trySend(request: SendRequest): Promise<Reply | Unsent>;
}

/** A sender that may reach 127.0.0.0/8 unless `allow` is given. */
export function makeSender(
  options: Partial<SenderOptions> & { readonly allow?: readonly string[] } = {},
): TestSender {
  const { allow = ['127.0.0.0/8'], ...rest } = options;
  const rules = createAddressRules(allow);
  const sender = createSender({ rules, userAgent: 'Carillon/test', connectionsPerOriginMax: 4, ...rest });
  onTestFinished(() => sender.close());
  return {
    ...sender,
    trySend: (request) => sender.send(request),
    async send(request) {
      const ending = await sender.send(request);
      if (ending.kind === 'unsent') throw new Error(`not sent: ${ending.shortage} (${ending.code})`);
      return ending;
    },
  };
}

export function post(url: string, more: Partial<SendRequest> = {}): SendRequest {
  const headers = { 'content-type': 'application/json' };
  return { url, headers, body: Buffer.from('{"a":1}'), timeoutMs: 5_000, ...more };
}

/** A resolver with one answer for every name. */
export function always(...addresses: readonly string[]): Resolve {
  return async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

export function textOf(reply: Reply): string {
  return reply.kind === 'answered' ? Buffer.from(reply.body).toString() : '';
}
