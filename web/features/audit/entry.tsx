// One entry of the audit log: who, what, from where, and the values before and after.
import type { AuditEntry } from '#contract/audit.ts';
import { Id } from '#web/components/copy.tsx';
import { Dialog } from '#web/components/dialog.tsx';
import { Facts } from '#web/components/page.tsx';
import { ExactTime } from '#web/components/time.tsx';
import { type Difference, differenceOf } from './difference.ts';

interface EntryProps {
  /** Undefined when it is not among those that are loaded. */
  readonly entry: AuditEntry | undefined;
  readonly onClose: () => void;
}

export function Entry({ entry, onClose }: EntryProps) {
  return (
    <Dialog title={entry?.command ?? 'Entry'} onClose={onClose} isWide>
      {entry === undefined ? (
        <p>This entry is not among those that are loaded. Set the time with since: and until: to find it.</p>
      ) : (
        <div className="space-y-3">
          <EntryFacts entry={entry} />
          <Changes entry={entry} />
        </div>
      )}
    </Dialog>
  );
}

function EntryFacts({ entry }: { readonly entry: AuditEntry }) {
  const { id, at, actor, tenant, mode, noun, target, address, requestId } = entry;
  const facts = [
    ['When', <ExactTime key="at" at={at} />],
    ['Who', <bdi key="name">{describeActor(actor)}</bdi>],
    ['Id of the actor', <Id key="actor" id={actor.id} what="the id of the actor" />],
    [noun, <Id key="target" id={target} what={`the id of the ${noun}`} />],
    ...(tenant === null ? [] : [['Tenant', <bdi key="tenant">{tenant}</bdi>] as const]),
    ...(mode === null ? [] : [['Mode', mode] as const]),
    ['Address', address ?? 'not known'],
    ...(requestId === null
      ? []
      : [['Request', <Id key="request" id={requestId} what="the id of the request" />] as const]),
    ['Entry', <Id key="id" id={id} what="the id of the entry" />],
  ] as const;
  return <Facts facts={facts} />;
}

const kinds: Readonly<Record<AuditEntry['actor']['kind'], string>> = {
  root: 'key of the configuration',
  key: 'key',
  credential: 'credential of a tenant',
  portal: 'portal session',
};

export function describeActor({ kind, name, console: isConsole }: AuditEntry['actor']): string {
  const who = kind === 'root' ? kinds.root : `${name}, ${kinds[kind]}`;
  return isConsole ? `${who}, in the console` : who;
}

function Changes({ entry: { before, after } }: { readonly entry: AuditEntry }) {
  const changes = differenceOf(before, after);
  if (changes.length === 0) return <p className="text-muted">No value is shown of it.</p>;
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Values before and after">
      <table className="w-full border-collapse text-left text-[12.5px]">
        <thead>
          <tr className="border-b border-line text-muted">
            <th scope="col" className="py-1 pr-3 font-medium">
              Member
            </th>
            {before !== null && <Heading>Before</Heading>}
            {after !== null && <Heading>{before === null ? 'Value' : 'After'}</Heading>}
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <Change key={change.path} change={change} isMade={before === null} isRemoved={after === null} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ children }: { readonly children: string }) {
  return (
    <th scope="col" className="py-1 pr-3 font-medium">
      {children}
    </th>
  );
}

interface ChangeProps {
  readonly change: Difference;
  readonly isMade: boolean;
  readonly isRemoved: boolean;
}

function Change({ change: { path, before, after }, isMade, isRemoved }: ChangeProps) {
  return (
    <tr className="border-b border-line align-top">
      <th scope="row" className="py-1.5 pr-3 font-normal">
        <bdi className="break-all">{path}</bdi>
      </th>
      {!isMade && <Value text={before} color="text-exhausted" />}
      {!isRemoved && <Value text={after} color="text-delivered" />}
    </tr>
  );
}

function Value({ text, color }: { readonly text: string | null; readonly color: string }) {
  return (
    <td className={`py-1.5 pr-3 font-mono break-all ${text === null ? 'text-muted' : color}`}>
      {text === null ? 'not set' : <bdi>{text}</bdi>}
    </td>
  );
}
