// `--metadata key=value`: strings that a platform attaches to its tenants, endpoints and events.
import { InvalidArgumentError, Option } from 'commander';
import { toPlain } from './output/terminal.ts';

type Metadata = Readonly<Record<string, string>>;

export interface MetadataFlags {
  readonly metadata?: Metadata;
}

/** Of a change; false for `--no-metadata`. */
export interface MetadataChangeFlags {
  readonly metadata?: Metadata | false;
}

export function metadataOption(description = 'text of your own; repeatable'): Option {
  return new Option('--metadata <key=value>', description).argParser(readEntry);
}

/** The option of a change; `--no-metadata` belongs beside it. */
export function metadataChangeOption(): Option {
  return metadataOption('replaces all metadata; repeatable');
}

/** The metadata of a change; undefined when it stays. */
export function changedMetadata({ metadata }: MetadataChangeFlags): Metadata | undefined {
  return metadata === false ? {} : metadata;
}

/** Repeated flags become one map. */
function readEntry(text: string, previous: Metadata | false | undefined): Metadata {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It must be key=value.');
  return { ...(previous === false ? {} : previous), [key]: value };
}

/** One `key=value` per line. */
export function describeMetadata(metadata: Metadata): string {
  const lines = Object.entries(metadata).map(([key, value]) => toPlain(`${key}=${value}`));
  return lines.join('\n') || '-';
}
