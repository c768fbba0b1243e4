import { useState } from 'react';
import { Icon } from './icon.tsx';

const shownMs = 1500;

/** Copies `text`; `what` completes "Copy …". */
export function CopyButton({
  text,
  what,
}: {
  readonly text: string | (() => string);
  readonly what: string;
}) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await copyText(typeof text === 'string' ? text : text());
    setCopied(true);
    setTimeout(() => setCopied(false), shownMs);
  };
  return (
    <button
      type="button"
      className="inline-flex size-6 items-center justify-center rounded text-muted hover:bg-raised hover:text-ink"
      aria-label={isCopied ? `Copied ${what}` : `Copy ${what}`}
      title={isCopied ? 'Copied' : `Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? 'check' : 'copy'} size={13} />
    </button>
  );
}

/** The clipboard needs https: or this machine; elsewhere a selection is copied. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** An id, cut at the end of its column, with a button that copies all of it. */
export function Id({ id, what = 'id' }: { readonly id: string; readonly what?: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-0.5 align-bottom">
      <bdi className="truncate font-mono text-[12.5px]" title={id}>
        {id}
      </bdi>
      <CopyButton text={id} what={what} />
    </span>
  );
}
