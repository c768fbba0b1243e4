// What was signed, and code that verifies it in the language of the reader.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Code } from '#web/components/code.tsx';
import { CopyButton } from '#web/components/copy.tsx';
import { Failure, Skeleton } from '#web/components/feedback.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { readStored, store } from '#web/lib/storage.ts';
import { languages, loadSample } from '#web/lib/verification/samples.ts';
import { describeScheme, headerOf, type Scheme, schemeOf, signedText } from '#web/lib/verification/scheme.ts';

interface SignatureProps {
  /** As they were sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function Signature({ headers, body }: SignatureProps) {
  const scheme = schemeOf(useDialect());
  if (scheme === undefined) return null;
  const signature = headerOf(headers, scheme.header);
  return (
    <section className="space-y-3" aria-label="Signature">
      <h3 className="pt-1 text-[14px] font-semibold">Signature</h3>
      {signature === undefined ? (
        <p className="text-muted">The request was not signed: the tenant has set no secret.</p>
      ) : (
        <>
          <p className="flex items-start gap-1 font-mono text-[12.5px] break-all">
            <span>
              {scheme.header}: <bdi>{signature}</bdi>
            </span>
            <CopyButton text={signature} what="the signature" />
          </p>
          <p className="text-[13px] text-muted">{describeScheme(scheme)}</p>
          <Code label="The signed string" text={signedText(scheme, headers, body)} isExact />
        </>
      )}
      <Verify scheme={scheme} />
    </section>
  );
}

const languageName = 'carillon.language';

function Verify({ scheme }: { readonly scheme: Scheme }) {
  const [name, setName] = useState(() => readStored(languageName) ?? '');
  const language = languages.find((each) => each.name === name) ?? languages[0];
  const { data: code, error } = useQuery({
    queryKey: ['sample', language.folder, scheme.sample],
    queryFn: () => loadSample(language, scheme),
    staleTime: Infinity,
  });
  const choose = (next: string): void => {
    store(languageName, next);
    setName(next);
  };
  return (
    <div className="space-y-2">
      <Field label="Verify it in">
        {(field) => (
          <Select {...field} className="max-w-40" value={language.name} onChange={choose}>
            {languages.map(({ name: each }) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        )}
      </Field>
      {error !== null && <Failure error={error} />}
      {error === null && code === undefined && <Skeleton />}
      {code !== undefined && <Code label={`Verification in ${language.name}`} text={code} isExact />}
    </div>
  );
}
