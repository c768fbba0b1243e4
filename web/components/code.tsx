// The one code view: JSON laid out and coloured, or bytes as they are. A long text is cut until all of it is asked for.
import { useDeferredValue, useMemo, useState } from 'react';
import { formatBytes } from '#web/lib/format.ts';
import { isJson, layOut, type TokenKind, tokenize } from '#web/lib/json-text.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy.tsx';

/** Characters that are drawn at first: more make a page slow. */
const shownMax = 20_000;
/** Characters that are coloured: each token is an element of the page. */
const coloredMax = 40_000;

const colors: Readonly<Record<TokenKind, string>> = {
  name: 'text-accent',
  string: 'text-delivered',
  number: 'text-retrying',
  word: 'text-held',
  mark: 'text-muted',
};

interface CodeProps {
  readonly label: string;
  readonly text: string;
  /** JSON too is shown as it is: every byte counts. */
  readonly isExact?: boolean;
}

export function Code({ label, text, isExact = false }: CodeProps) {
  const [isRaw, setRaw] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const isLaidOut = useMemo(() => !isExact && isJson(text), [isExact, text]);
  const whole = useMemo(() => (isRaw || !isLaidOut ? text : layOut(text)), [isRaw, isLaidOut, text]);
  const shown = useDeferredValue(isWhole ? whole : whole.slice(0, shownMax));
  const bytes = useMemo(() => new TextEncoder().encode(text).length, [text]);
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line bg-raised px-2 py-0.5 text-[12px] text-muted">
        <span>
          {label}, {formatBytes(bytes)}
        </span>
        <span className="flex items-center gap-1">
          {isLaidOut && (
            <Button look="bare" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
              {isRaw ? 'Lay out' : 'Show the bytes'}
            </Button>
          )}
          <CopyButton text={text} what={label.toLowerCase()} />
        </span>
      </div>
      <pre
        tabIndex={0}
        aria-label={label}
        dir="ltr"
        className="max-h-[28rem] overflow-auto bg-surface p-2.5 font-mono text-[12.5px] break-all whitespace-pre-wrap"
      >
        <code>
          {text === '' ? <em className="text-muted">empty</em> : <Colored text={shown} isJson={isLaidOut} />}
        </code>
      </pre>
      {whole.length > shown.length && (
        <div className="border-t border-line p-2">
          <Button onClick={() => setWhole(true)}>{`Show all ${formatBytes(bytes)}`}</Button>
        </div>
      )}
    </div>
  );
}

function Colored({ text, isJson: isColored }: { readonly text: string; readonly isJson: boolean }) {
  if (!isColored || text.length > coloredMax) return text;
  return tokenize(text).map(({ kind, text: part }, index) => (
    <span key={index} className={colors[kind]}>
      {part}
    </span>
  ));
}

/** Header names and values as they were sent. */
export function Headers({
  label,
  headers,
}: {
  readonly label: string;
  readonly headers: Readonly<Record<string, string>>;
}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return <Code label={label} text={lines.join('\n')} />;
}
