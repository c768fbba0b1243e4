import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { FormDialog } from '#web/components/form-dialog.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { TestSent } from '#web/components/test-sent.tsx';
import { placeOf, useEndpoints } from '#web/lib/endpoints.ts';
import { useScope } from '#web/lib/scope.ts';
import { useSendTest } from '#web/lib/queries.ts';

/** The example of a type goes to one endpoint, whatever its types and its filter. */
export function SendExample({ type }: { readonly type: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Send as test event</Button>
      {isOpen && <Choose type={type} onClose={() => setOpen(false)} />}
    </>
  );
}

function Choose({ type, onClose }: { readonly type: string; readonly onClose: () => void }) {
  const { tenant, mode } = useScope();
  const { data = [] } = useEndpoints(tenant);
  const own = data.filter((endpoint) => endpoint.enabled && endpoint.mode === mode);
  const [chosen, setChosen] = useState('');
  const send = useSendTest();
  const endpoint = own.find(({ id }) => id === chosen) ?? own[0];
  const id = endpoint?.id ?? '';
  if (send.data !== undefined) return <TestSent event={send.data.id} endpoint={id} onClose={onClose} />;
  if (endpoint === undefined) {
    return (
      <Dialog title="Send a test event" onClose={onClose}>
        <p>There is no enabled {mode} endpoint. Create one first.</p>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="Send a test event"
      onClose={onClose}
      verb="Send"
      otherwise="Do not send"
      request={send}
      onSubmit={() => send.mutate({ params: { tenant: endpoint.tenant, id }, body: { type } })}
    >
      <p className="text-muted">
        The example of <bdi className="font-mono wrap-anywhere">{type}</bdi> goes to one endpoint, whatever
        its types and its filter.
      </p>
      <Field label="Endpoint">
        {(field) => (
          <Select {...field} value={id} onChange={setChosen}>
            {own.map((each) => (
              <option key={each.id} value={each.id}>
                {tenant === undefined && `${each.tenant}: `}
                {each.url === null ? `Pull endpoint ${each.id}` : placeOf(each.url)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
