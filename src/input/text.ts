// String validation: length, well-formed Unicode, pattern and format, as one check that is built once per schema.
import type { FieldRule } from '#core/fault.ts';
import { parseTime } from '#lib/rfc3339.ts';

/** The keywords of JSON Schema for strings. Lengths count UTF-16 code units. */
export interface TextKeywords {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  /** The message for a string that does not match `pattern`. */
  readonly 'x-problem'?: string;
}

/** Returns the first rule that a string breaks, or null for a valid string. */
export type TextCheck = (text: string) => BrokenRule | null;

export interface BrokenRule {
  readonly rule: FieldRule;
  readonly message: string;
}

/** Builds the check of one string schema. The format must be one that `isTextFormat` accepts. */
export function createTextCheck(keywords: TextKeywords): TextCheck {
  const { minLength = 0, maxLength = Infinity } = keywords;
  const pattern = keywords.pattern === undefined ? null : new RegExp(keywords.pattern, 'u');
  const format = keywords.format === undefined ? undefined : formats[keywords.format];
  return (text) => {
    if (text.length < minLength) {
      if (text === '') return { rule: 'blank', message: 'must not be empty' };
      return { rule: 'form', message: `must have at least ${minLength} characters` };
    }
    if (text.length > maxLength) {
      return { rule: 'too_long', message: `must have at most ${maxLength} characters` };
    }
    if (!isStorable(text)) return { rule: 'form', message: 'must be well-formed Unicode without NUL' };
    if (pattern !== null && !pattern.test(text)) {
      return { rule: 'form', message: keywords['x-problem'] ?? `must match ${keywords.pattern}` };
    }
    if (format !== undefined && !format.isValid(text)) return { rule: 'form', message: format.problem };
    return null;
  };
}

export function isTextFormat(name: string): boolean {
  return Object.hasOwn(formats, name);
}

interface Format {
  readonly isValid: (text: string) => boolean;
  readonly problem: string;
}

const absoluteUrl: Format = {
  isValid: (text) => URL.canParse(text),
  problem: 'must be an absolute URL, such as https://example.com/',
};

const formats: Readonly<Record<string, Format>> = {
  // 30 February matches the pattern of RFC 3339 and is not a time.
  'date-time': { isValid: (text) => parseTime(text) !== null, problem: 'must be a time that exists' },
  uri: absoluteUrl,
  url: absoluteUrl,
  uuid: {
    isValid: (text) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text),
    problem: 'must be a UUID',
  },
};

/** The stores do not keep lone surrogates or NUL in a string. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
