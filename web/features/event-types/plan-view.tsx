import type { Plan } from './import-plan.ts';

/** What an import would add, change and keep. */
export function PlanView({ plan: { created, changed, missing, unchanged } }: { readonly plan: Plan }) {
  return (
    <div role="status" className="space-y-2">
      <p className="font-medium">
        {created.length} added, {changed.length} changed, {unchanged} unchanged, {missing.length} kept that
        the document does not have.
      </p>
      <Names title="Added" names={created} />
      <Names title="Changed" names={changed.map(({ name, members }) => `${name}: ${members.join(', ')}`)} />
      <Names title="Kept" names={missing} />
    </div>
  );
}

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <details className="rounded-md border border-line" open={names.length <= 20}>
      <summary className="px-2.5 py-1.5 text-[13px] font-medium">
        {title}: {names.length}
      </summary>
      <ul
        tabIndex={0}
        aria-label={title}
        className="max-h-48 overflow-y-auto border-t border-line px-2.5 py-1.5 font-mono text-[12.5px]"
      >
        {names.map((name) => (
          <li key={name} className="wrap-anywhere">
            <bdi>{name}</bdi>
          </li>
        ))}
      </ul>
    </details>
  );
}
