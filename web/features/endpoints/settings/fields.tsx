// The settings of an endpoint in their groups, each with its default and its limit beside it.
import { useId } from 'react';
import type { Endpoint } from '#contract/endpoints.ts';
import { ApiError } from '#web/lib/api.ts';
import { defaultsOf, type DialectDefaults } from '#web/lib/dialects.ts';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { useCan } from '#web/lib/portal.ts';
import { type Drafts, wrongOf } from './draft.ts';
import { type AnySetting, groups } from './setting.ts';
import { settings } from './table.ts';

interface SettingFieldsProps {
  readonly drafts: Drafts;
  readonly onChange: (drafts: Drafts) => void;
  readonly error: unknown;
  /** Undefined while it is created: the groups that few need are closed then. */
  readonly endpoint?: Endpoint;
}

export function SettingFields({ drafts, onChange, error, endpoint }: SettingFieldsProps) {
  const dialect = useDialect();
  const isOperator = useCan()('operate');
  const fields = error instanceof ApiError ? error.fields : {};
  return groups.map((group) => {
    const own = settings.filter(
      (setting) =>
        setting.group === group &&
        hasPlace(setting, endpoint) &&
        (isOperator || setting.isOperators !== true),
    );
    const isWrong = own.some(({ name }) => wrongOf(name, fields).length > 0);
    return (
      <details
        key={`${group} ${isWrong}`}
        open={group === 'Destination' || endpoint !== undefined || isWrong}
        className="rounded-lg border border-line"
      >
        <summary className="px-3 py-2 text-[13.5px] font-semibold">{group}</summary>
        <div className="divide-y divide-line border-t border-line">
          {own.map((setting) => (
            <Row
              key={setting.name}
              setting={setting}
              draft={drafts[setting.name]}
              onChange={(draft) => onChange({ ...drafts, [setting.name]: draft })}
              fields={fields}
              dialect={dialect}
              endpoint={endpoint}
            />
          ))}
        </div>
      </details>
    );
  });
}

/** An endpoint that clients pull from has no URL. */
function hasPlace({ name }: AnySetting, endpoint: Endpoint | undefined): boolean {
  return name !== 'url' || endpoint?.kind !== 'pull';
}

interface RowProps {
  readonly setting: AnySetting;
  readonly draft: unknown;
  readonly onChange: (draft: unknown) => void;
  readonly fields: Readonly<Record<string, string>>;
  readonly dialect: string | undefined;
  readonly endpoint: Endpoint | undefined;
}

function Row({ setting, draft, onChange, fields, dialect, endpoint }: RowProps) {
  const { name, label, limit, problem, isList = false, Fields } = setting;
  const id = useId();
  const noteId = `${id}-note`;
  const wrong = wrongOf(name, fields);
  const typed = problem?.(draft);
  const messages = [
    ...(typed === undefined ? [] : [typed]),
    ...wrong.map(({ place, message }) =>
      place === '' ? message : `${place.replace(/^\./, '')}: ${message}`,
    ),
  ];
  return (
    <div
      {...(isList ? { role: 'group', 'aria-labelledby': `${id}-label` } : {})}
      className="grid gap-x-4 gap-y-1.5 p-3 md:grid-cols-[minmax(0,1fr)_15rem]"
    >
      <div className="min-w-0 space-y-1.5">
        <Label id={id} isList={isList}>
          {label}
        </Label>
        <Fields
          draft={draft}
          onChange={onChange}
          id={id}
          noteId={noteId}
          isWrong={(place) => typed !== undefined || wrong.some((each) => each.place.startsWith(place))}
          endpoint={endpoint}
        />
      </div>
      <div id={noteId} className="space-y-1 text-[12.5px] text-muted md:pt-6">
        {messages.map((message) => (
          <p key={message} role="alert" className="wrap-anywhere text-exhausted">
            <bdi>{message}</bdi>
          </p>
        ))}
        <p>Default: {describeDefault(setting, defaultsOf(dialect))}</p>
        <p>Limit: {limit}</p>
      </div>
    </div>
  );
}

interface LabelProps {
  readonly id: string;
  readonly isList: boolean;
  readonly children: string;
}

function Label({ id, isList, children }: LabelProps) {
  const look = 'block text-[13px] font-medium';
  if (isList) {
    return (
      <p id={`${id}-label`} className={look}>
        {children}
      </p>
    );
  }
  return (
    <label htmlFor={id} className={look}>
      {children}
    </label>
  );
}

function describeDefault({ standard }: AnySetting, defaults: DialectDefaults | undefined): string {
  if (typeof standard === 'string') return standard;
  return defaults === undefined ? 'that of the dialect.' : standard(defaults);
}
