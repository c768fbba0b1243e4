// Settings of endpoints: checked beyond what their schemas say, merged over those that an endpoint has, their secrets sealed.
import type { CommandHandlers } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { Fault, type FieldProblem } from '#core/fault.ts';
import { checkFilter, compileFilter, type Filter } from '#core/filter/filter.ts';
import { type SettingSecrets, settingsContext, type SettingsPatch } from '#core/settings.ts';
import type { Dialect } from '#dialects/dialect.ts';
import type { CommandDeps } from './deps.ts';
import { findEndpoint } from './endpoint-checks.ts';
import { type ChangeSetting, type OpenSettings, type Terms, withMember } from './open-settings.ts';
import { changeAuthorization, changeHeaders } from './setting-headers.ts';
import { changeInFlight, changeRate } from './setting-limits.ts';
import { changeDisabling, changeRetry, changeTimeout } from './setting-policy.ts';
import { changeEgress, changeTls } from './setting-reach.ts';
import { changeTransform } from './setting-transform.ts';

type Told = Pick<Endpoint, 'settings' | 'sealedSettings'>;

const changes: readonly ChangeSetting[] = [
  changeFilter,
  changeHeaders,
  changeAuthorization,
  changeTimeout,
  changeRetry,
  changeDisabling,
  changeRate,
  changeInFlight,
  changeTls,
  changeEgress,
  changeTransform,
];

export const noSettings: Told = { settings: {}, sealedSettings: null };

/** The settings of an endpoint after a change. Fault `field_invalid` with every problem at its place. */
export function changeSettings(
  { seal, clock, egressNames }: Pick<CommandDeps, 'seal' | 'clock' | 'egressNames'>,
  dialect: Dialect,
  { id, settings, sealedSettings }: Told & Pick<Endpoint, 'id'>,
  patch: SettingsPatch,
): Told {
  const problems: FieldProblem[] = [];
  const terms: Terms = {
    dialect,
    now: clock.now(),
    egressNames,
    report: (problem) => problems.push(problem),
  };
  const context = settingsContext(id);
  const secrets: SettingSecrets =
    sealedSettings === null ? {} : JSON.parse(seal.open(sealedSettings, context));
  const changed = changes.reduce<OpenSettings>((open, change) => change(open, patch, terms), {
    settings,
    secrets,
  });
  refuse(problems);
  const hasSecrets = Object.keys(changed.secrets).length > 0;
  return {
    settings: changed.settings,
    sealedSettings: hasSecrets ? seal.close(JSON.stringify(changed.secrets), context) : null,
  };
}

function changeFilter(open: OpenSettings, { filter }: SettingsPatch, { report }: Terms): OpenSettings {
  if (filter === undefined) return open;
  checkGiven(filter).forEach(report);
  return { ...open, settings: withMember(open.settings, 'filter', filter ?? undefined) };
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
