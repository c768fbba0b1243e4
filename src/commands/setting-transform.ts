// The setting `transform`: the source of a function. It is compiled in the sandbox before the transaction that sets it.
import type { CommandHandlers, TransformVerdict } from '#core/commands.ts';
import { Fault, fieldFault } from '#core/fault.ts';
import type { SettingsPatch } from '#core/settings.ts';
import type { TenantId } from '#core/tenant.ts';
import {
  checkContent,
  type Content,
  describeProblem,
  type ScriptProblem,
  transformBytesMax,
  withPath,
} from '#core/transform.ts';
import { contentRules } from '#dialects/dialect.ts';
import { encodeJson } from '#lib/json.ts';
import type { CommandDeps } from './deps.ts';
import { findEndpoint } from './endpoint-checks.ts';
import { type OpenSettings, withMember } from './open-settings.ts';
import { dialectOf } from './tenant-dialect.ts';

type TransformDeps = Pick<CommandDeps, 'transforms'>;

export function changeTransform(open: OpenSettings, { transform }: SettingsPatch): OpenSettings {
  if (transform === undefined) return open;
  return { ...open, settings: withMember(open.settings, 'transform', transform ?? undefined) };
}

/** Not to be called inside a transaction. Faults `field_invalid`, `unavailable`. */
export async function checkTransform(
  { transforms }: TransformDeps,
  tenant: TenantId,
  transform: string | null | undefined,
): Promise<void> {
  if (transform === null || transform === undefined) return;
  checkLength(transform);
  const problem = await transforms.check(tenant, transform);
  if (problem === 'busy') throw busy();
  if (problem !== null) throw fieldFault('transform', describeProblem(problem));
}

/** The schema counts characters. */
function checkLength(transform: string): void {
  const bytes = Buffer.byteLength(transform);
  if (bytes <= transformBytesMax) return;
  throw fieldFault('transform', `must have at most ${transformBytesMax} bytes; it has ${bytes}`);
}

export function createTransformCommands(deps: CommandDeps): Pick<CommandHandlers, 'testTransform'> {
  return {
    async testTransform({ transform: tried, payload, type, orderingKey, ...ref }) {
      const endpoint = await findEndpoint(deps, ref);
      const dialect = await dialectOf(deps, ref.tenant);
      if (typeof tried === 'string') checkLength(tried);
      const source = tried === undefined ? (endpoint.settings.transform ?? null) : tried;
      const { tenant, mode, url } = endpoint;
      const eventType = type ?? dialect.events.samples[0]?.type ?? 'test';
      if (source === null) return { ...nothing, payload, url };
      const event = {
        id: 'evt_sample',
        type: eventType,
        mode,
        occurredAt: deps.clock.now(),
        orderingKey,
        metadata: {},
        payload: encodeJson(payload),
      };
      const result = await deps.transforms.run({ tenant, source, event });
      if (result.kind === 'busy') throw busy();
      const timed = { ...nothing, durationMs: Math.round(result.durationMs * 100) / 100 };
      if (result.kind === 'canceled') return { ...timed, canceled: true };
      if (result.kind === 'failed') return { ...timed, error: result.problem };
      const rules = contentRules({ dialect, endpoint }, eventType, deps.limits);
      const problem = checkContent(result.content, rules);
      if (problem !== null) return { ...timed, error: problemOf(problem) };
      return { ...timed, ...show(result.content, url) };
    },
  };
}

const nothing: TransformVerdict = {
  canceled: false,
  payload: null,
  headers: {},
  url: null,
  error: null,
  durationMs: 0,
};

function show({ payload, headers, path }: Content, url: string): Partial<TransformVerdict> {
  const sentTo = path === null ? url : (withPath(url, path) ?? url);
  return { payload: JSON.parse(Buffer.from(payload).toString()), headers, url: sentTo };
}

function problemOf(message: string): ScriptProblem {
  return { message, line: null, column: null };
}

function busy(): Fault {
  return new Fault('unavailable', 'too many transforms wait; try again', { retryAfterSeconds: 1 });
}
