// Code for the reader's program, in a language that is kept for the next time.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { languages, loadSample } from '#web/lib/samples.ts';
import { readStored, store } from '#web/lib/storage.ts';
import { Code } from './code.tsx';
import { Failure, Skeleton } from './feedback.tsx';
import { Field, Select } from './form.tsx';

const languageName = 'carillon.language';

interface SampleProps {
  /** As `loadSample` takes it. */
  readonly name: string;
  /** Of the choice of the language. */
  readonly label: string;
  /** What the code does: `Verification`. */
  readonly title: string;
}

export function Sample({ name, label, title }: SampleProps) {
  const [chosen, setChosen] = useState(() => readStored(languageName) ?? '');
  const language = languages.find((each) => each.name === chosen) ?? languages[0];
  const { data: code, error } = useQuery({
    queryKey: ['sample', language.folder, name],
    queryFn: () => loadSample(language, name),
    staleTime: Infinity,
  });
  const choose = (next: string): void => {
    store(languageName, next);
    setChosen(next);
  };
  return (
    <div className="space-y-2">
      <Field label={label}>
        {(field) => (
          <Select {...field} className="max-w-40" value={language.name} onChange={choose}>
            {languages.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </Select>
        )}
      </Field>
      {error !== null && <Failure error={error} />}
      {error === null && code === undefined && <Skeleton />}
      {code !== undefined && <Code label={`${title} in ${language.name}`} text={code} isExact />}
    </div>
  );
}
