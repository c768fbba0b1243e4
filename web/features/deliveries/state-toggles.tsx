import { State } from '#web/components/state.tsx';

export const stateNames = ['pending', 'held', 'delivered', 'exhausted', 'canceled'] as const;

interface StateTogglesProps {
  readonly state: string | undefined;
  readonly onChange: (state: string | undefined) => void;
}

/** The states as buttons; pressing the one that is set shows all again. */
export function StateToggles({ state, onChange }: StateTogglesProps) {
  return (
    <div role="group" aria-label="State" className="flex flex-wrap gap-1.5 border-b border-line px-3 py-2">
      {stateNames.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={state === name}
          onClick={() => onChange(state === name ? undefined : name)}
          className="rounded-full border border-line px-2.5 py-0.5 text-[12.5px] hover:bg-raised aria-pressed:border-accent aria-pressed:bg-raised"
        >
          <State name={name} />
        </button>
      ))}
    </div>
  );
}
