import { CopyButton } from './copy.tsx';

interface ShownOnceProps {
  /** Before the text. */
  readonly label?: string;
  /** Completes "Copy the …". */
  readonly name: string;
  readonly text: string;
}

/** A secret right after it was made, to be copied. */
export function ShownOnce({ label, name, text }: ShownOnceProps) {
  return (
    <p className="flex items-start gap-1 rounded-md border border-line bg-raised p-2 font-mono text-[12.5px] break-all">
      <span className="min-w-0 flex-1">{label === undefined ? text : `${label}: ${text}`}</span>
      <CopyButton text={text} what={`the ${name}`} />
    </p>
  );
}
