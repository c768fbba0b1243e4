import { Dialog } from '#web/components/dialog.tsx';

const shortcuts = [
  ['/', 'Search, or go to an id'],
  ['j', 'Next row'],
  ['k', 'Row before'],
  ['enter', 'Open the row'],
  ['x', 'Select the row; X selects all rows from the last one to it'],
  ['r', 'Redeliver: the row in a list of deliveries, or the delivery that is open'],
  ['p', 'On Live: pause, or continue'],
  ['?', 'This help'],
] as const;

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-[13px]">
        {shortcuts.map(([key, meaning]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded border border-strong-line px-1.5 py-0.5 font-mono">{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
