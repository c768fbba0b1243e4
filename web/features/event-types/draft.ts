// An event type as it is typed: its schema and its examples are JSON text.
import type { EventType, SetEventType } from '#contract/event-types.ts';
import { fieldAt } from '#web/lib/api.ts';
import { jsonProblem } from '#web/lib/json-text.ts';

export interface Draft {
  readonly name: string;
  readonly groupName: string;
  readonly description: string;
  readonly schema: string;
  readonly examples: string;
  readonly deprecated: boolean;
}

export function readDraft(type: EventType | undefined): Draft {
  const { name = '', groupName = null, description = null, schema = null, examples = [] } = type ?? {};
  return {
    name,
    groupName: groupName ?? '',
    description: description ?? '',
    schema: schema === null ? '' : JSON.stringify(schema, null, 2),
    examples: JSON.stringify(examples, null, 2),
    deprecated: type?.deprecated ?? false,
  };
}

/** Null as long as a text is not JSON. What JSON says is checked by the server. */
export function writeDraft({
  groupName,
  description,
  schema,
  examples,
  deprecated,
}: Draft): SetEventType | null {
  if (textProblem(schema) !== undefined || textProblem(examples) !== undefined) return null;
  return {
    groupName: groupName.trim() === '' ? null : groupName.trim(),
    description: description.trim() === '' ? null : description.trim(),
    schema: (parse(schema) ?? null) as SetEventType['schema'] & {},
    examples: (parse(examples) ?? []) as SetEventType['examples'] & {},
    deprecated,
  };
}

/** What is wrong with a field of JSON: the text itself, or what the server found in it. */
export function problemOf(
  name: 'schema' | 'examples',
  draft: Draft,
  problems: Readonly<Record<string, string>>,
): string | undefined {
  return textProblem(draft[name]) ?? fieldAt(problems, name);
}

function textProblem(text: string): string | undefined {
  return text.trim() === '' ? undefined : jsonProblem(text);
}

function parse(text: string): unknown {
  return text.trim() === '' ? undefined : JSON.parse(text);
}
