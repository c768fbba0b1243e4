// What `carillon doctor` says of a receiver.
import type { Config } from '#config.ts';
import { createSender } from '#sending/send.ts';
import { createAddressRules, judgeUrl } from '#sending/address.ts';
import { version } from '#lib/version.ts';

const timeoutMs = 10_000;

/** One POST of an empty object, under the same guard as deliveries. Right when the receiver answers 2xx. */
export async function probeTarget(config: Config, url: string): Promise<{ ok: boolean; detail: string }> {
  const rules = createAddressRules(config.allowTargets, config.allowPorts);
  const problem = judgeUrl(url, rules, { urlLengthMax: config.limits.urlLengthMax });
  if (problem !== null) return { ok: false, detail: problem };
  const { egress } = config;
  const sender = createSender({
    rules,
    userAgent: `Carillon/${version}`,
    connectionsPerOriginMax: 1,
    egress,
  });
  const headers = { 'content-type': 'application/json' };
  const reply = await sender.send({ url, headers, body: Buffer.from('{}'), timeoutMs });
  await sender.close();
  if (reply.kind === 'unsent') return { ok: false, detail: `this machine could not send it (${reply.code})` };
  if (reply.kind === 'failed') return { ok: false, detail: `${reply.error}: ${reply.message}` };
  const ok = reply.status >= 200 && reply.status < 300;
  return { ok, detail: `answered ${reply.status} after ${Math.round(reply.durationMs)} ms` };
}
