import { Icon } from './icon.tsx';

interface ChipProps {
  readonly text: string;
  /** Of the button; when absent, `Remove` and the text. */
  readonly label?: string;
  readonly onRemove: () => void;
}

/** A short text that a press removes. */
export function Chip({ text, label = `Remove ${text}`, onRemove }: ChipProps) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onRemove}
      className="inline-flex max-w-full items-center gap-1 rounded-full border border-accent px-2.5 py-1 font-mono text-[12px] text-accent hover:bg-raised"
    >
      <bdi className="truncate">{text}</bdi>
      <Icon name="close" size={11} />
    </button>
  );
}
