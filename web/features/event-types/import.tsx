// Event types from an OpenAPI document: first what would change, then the import.
import { useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field, TextArea } from '#web/components/form.tsx';
import { formatBytes, formatCount } from '#web/lib/format.ts';
import { useImport, usePlan } from './api.ts';
import { documentBytesMax, type Imported, type Plan } from './import-plan.ts';
import { PlanView } from './plan-view.tsx';

export function ImportEventTypes({ onClose }: { readonly onClose: () => void }) {
  const plan = usePlan();
  const carryOut = useImport();
  return (
    <Dialog title="Import event types" onClose={onClose} isWide>
      {carryOut.data === undefined ? (
        <div className="space-y-4">
          <Source plan={plan} />
          {plan.data !== undefined && <PlanView plan={plan.data} />}
          <InlineError error={carryOut.error} />
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Do not import</Button>
            {plan.data !== undefined && (
              <ImportButton plan={plan.data} isBusy={carryOut.isPending} onImport={carryOut.mutate} />
            )}
          </div>
        </div>
      ) : (
        <Result imported={carryOut.data} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Source({ plan }: { readonly plan: ReturnType<typeof usePlan> }) {
  const [file, setFile] = useState<File | null>(null);
  const [text, setText] = useState('');
  const isTooLarge = file !== null && file.size > documentBytesMax;
  const isGiven = file !== null || text.trim() !== '';
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isTooLarge && isGiven) plan.mutate(file ?? text);
      }}
    >
      <p className="text-muted">
        An OpenAPI 3.1 document, as YAML or JSON. Each of its <code>webhooks</code> is an event type. Types
        that it does not have are kept.
      </p>
      <Field
        label="File"
        error={isTooLarge ? `must have at most ${formatBytes(documentBytesMax)}` : undefined}
      >
        {(field) => (
          <input
            {...field}
            type="file"
            accept=".yaml,.yml,.json,application/json,application/yaml"
            className="block w-full text-[13px] file:mr-3 file:min-h-8 file:rounded-md file:border file:border-solid file:border-line file:bg-surface file:px-3 file:text-ink"
            onChange={(event) => {
              setFile(event.target.files?.[0] ?? null);
              plan.reset();
            }}
          />
        )}
      </Field>
      {file === null && (
        <Field label="Or the document itself">
          {(field) => (
            <TextArea
              {...field}
              rows={8}
              value={text}
              onChange={(typed) => {
                setText(typed);
                plan.reset();
              }}
            />
          )}
        </Field>
      )}
      <div className="whitespace-pre-wrap">
        <InlineError error={plan.error} />
      </div>
      <Button type="submit" isBusy={plan.isPending} disabled={!isGiven || isTooLarge}>
        Show what would change
      </Button>
    </form>
  );
}

interface ImportButtonProps {
  readonly plan: Plan;
  readonly isBusy: boolean;
  readonly onImport: (plan: Plan) => void;
}

function ImportButton({ plan, isBusy, onImport }: ImportButtonProps) {
  const count = plan.created.length + plan.changed.length;
  return (
    <Button look="primary" isBusy={isBusy} disabled={count === 0} onClick={() => onImport(plan)}>
      {count === 0 ? 'Nothing to import' : `Import ${formatCount(count, 'event type')}`}
    </Button>
  );
}

interface ResultProps {
  readonly imported: Imported;
  readonly onClose: () => void;
}

function Result({ imported: { set, refusals }, onClose }: ResultProps) {
  return (
    <div className="space-y-4">
      <p role="status">{formatCount(set, 'event type is', 'event types are')} set.</p>
      {refusals.length > 0 && (
        <div role="alert" className="space-y-2">
          <p>
            {formatCount(refusals.length, 'was', 'were')} refused. Correct the document and import it again:
            what is set stays as it is.
          </p>
          <dl className="max-h-72 space-y-2 overflow-y-auto rounded-md border border-line p-2.5 text-[13px]">
            {refusals.map(({ place, why }) => (
              <div key={place}>
                <dt className="font-mono wrap-anywhere">{place}</dt>
                {why.map((each) => (
                  <dd key={each} className="wrap-anywhere text-exhausted">
                    {each}
                  </dd>
                ))}
              </div>
            ))}
          </dl>
        </div>
      )}
      <div className="flex justify-end">
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
}
