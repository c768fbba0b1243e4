import { useNavigate, useSearch } from '@tanstack/react-router';
import { Field, Select } from '#web/components/form.tsx';
import { Page } from '#web/components/page.tsx';
import { serverRoot } from '#web/lib/api.ts';
import { useServerIndex } from '#web/lib/server-index.ts';

/** The API reference, drawn from the OpenAPI documents of this server in a frame of its own: it brings its own styles. */
export function Reference() {
  const { api = 'admin' } = useSearch({ from: '/reference' });
  const navigate = useNavigate({ from: '/reference' });
  const { data: server } = useServerIndex();
  const choose = (value: string): void =>
    void navigate({ search: (search) => ({ ...search, api: value === 'admin' ? undefined : value }) });
  return (
    <Page title="API reference">
      <div className="max-w-xs">
        <Field label="API">
          {(field) => (
            <Select {...field} value={api} onChange={choose}>
              <option value="admin">Admin API</option>
              {server?.dialects.map((name) => (
                <option key={name} value={name}>{`Dialect ${name}`}</option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <iframe
        key={api}
        title={`Reference of the ${api} API`}
        src={new URL(`reference/frame?api=${encodeURIComponent(api)}`, serverRoot).href}
        className="h-[calc(100dvh-13rem)] min-h-96 w-full rounded-lg border border-line bg-surface"
      />
    </Page>
  );
}
