// The one dialog: the native element traps the focus, closes on Escape and gives the focus back.
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Wider, for forms with two columns. */
  readonly isWide?: boolean;
}

/** Open as long as it is rendered. */
export function Dialog({ title, onClose, children, isWide = false }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog !== null && !dialog.open) {
      dialog.showModal();
      // The browser gives the focus to the first control, which is the one that closes.
      dialog.querySelector<HTMLElement>('input, textarea, select')?.focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`m-auto max-h-[90dvh] w-[calc(100vw-1.5rem)] overflow-y-auto rounded-lg border border-line bg-surface p-0 text-ink ${isWide ? 'max-w-2xl' : 'max-w-lg'}`}
    >
      <div className="flex items-center justify-between gap-3 border-b border-line px-4 py-2.5">
        <h2 id={titleId} className="text-[15px] font-semibold">
          {title}
        </h2>
        <Button look="bare" icon="close" onClick={onClose} aria-label="Close" />
      </div>
      <div className="p-4">{children}</div>
    </dialog>
  );
}
