import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ServerSetting } from '#contract/server.ts';
import { Button } from '#web/components/button.tsx';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Checkbox } from '#web/components/form.tsx';
import { Facts, Panel } from '#web/components/page.tsx';
import { useServer } from './api.ts';

/** The settings of the process that answers. Of a secret it is said whether it is set. */
export function Settings() {
  const { settings: chosen } = useSearch({ from: '/console/system' });
  const navigate = useNavigate({ from: '/console/system' });
  const choose = (isGivenOnly: boolean): void =>
    void navigate({
      search: (search) => ({ ...search, settings: isGivenOnly ? 'given' : undefined }),
      replace: true,
    });
  const filter = <Checkbox label="Only those that are set" checked={chosen === 'given'} onChange={choose} />;
  return (
    <Panel title="Settings" actions={filter}>
      <Values isGivenOnly={chosen === 'given'} onAll={() => choose(false)} />
    </Panel>
  );
}

interface ValuesProps {
  readonly isGivenOnly: boolean;
  readonly onAll: () => void;
}

function Values({ isGivenOnly, onAll }: ValuesProps) {
  const { data: server, error } = useServer();
  if (server === undefined) return error === null ? <Skeleton rows={8} /> : <Failure error={error} />;
  const shown = server.settings.filter(({ given }) => given || !isGivenOnly);
  if (shown.length === 0) {
    return (
      <Notice title="Every setting has its default." action={<Button onClick={onAll}>Show all</Button>} />
    );
  }
  return <Facts facts={shown.map((each) => [each.name, <Value key={each.name} setting={each} />])} />;
}

function Value({ setting }: { readonly setting: ServerSetting }) {
  const { value, given, secret, meaning } = setting;
  return (
    <>
      <bdi className={given ? 'font-mono font-medium' : 'font-mono'}>{value === '' ? 'not set' : value}</bdi>
      {secret && <span className="text-muted"> · secret</span>}
      {given && !secret && <span className="text-muted"> · default: {setting.default || 'none'}</span>}
      <p className="text-[12.5px] text-muted">{meaning}</p>
    </>
  );
}
