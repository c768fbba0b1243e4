// Settings of endpoints: checked beyond what their schemas say, and merged over those that an endpoint has.
import type { CommandHandlers } from '#core/commands.ts';
import { Fault, type FieldProblem } from '#core/fault.ts';
import { checkFilter, compileFilter, type Filter } from '#core/filter/filter.ts';
import { type EndpointSettings, mergeSettings, type SettingsPatch } from '#core/settings.ts';
import type { CommandDeps } from './deps.ts';
import { findEndpoint } from './endpoint-checks.ts';

/** The settings after a change. Fault `field_invalid` with every problem at its place. */
export function changeSettings(current: EndpointSettings, patch: SettingsPatch): EndpointSettings {
  refuse(checkGiven(patch.filter));
  return mergeSettings(current, patch);
}

export function createSettingCommands(deps: CommandDeps): Pick<CommandHandlers, 'testFilter'> {
  return {
    async testFilter({ filter: tried, payload, type, orderingKey, ...ref }) {
      const { mode, settings } = await findEndpoint(deps, ref);
      refuse(checkGiven(tried));
      const filter: Filter | null = tried === undefined ? (settings.filter ?? null) : tried;
      if (filter === null) return { matches: true, reasons: [] };
      const subject = { payload, type, mode, orderingKey };
      const matcher = compileFilter(filter);
      return { matches: matcher.matches(subject), reasons: matcher.explain(subject) };
    },
  };
}

const checkGiven = (filter: Filter | null | undefined): readonly FieldProblem[] =>
  filter === null || filter === undefined ? [] : checkFilter(filter, 'filter');

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return;
  const detail = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new Fault('field_invalid', detail, { fields: problems });
}
