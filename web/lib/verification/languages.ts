// The languages that verification code is written in.
import { go } from './go.ts';
import { java } from './java.ts';
import { javascript } from './javascript.ts';
import { php } from './php.ts';
import { python } from './python.ts';
import { ruby } from './ruby.ts';
import type { Scheme } from './scheme.ts';

export interface Language {
  readonly name: string;
  /** A whole file without a dependency, unless it names one. */
  readonly write: (scheme: Scheme) => string;
}

export const languages: readonly [Language, ...Language[]] = [
  { name: 'JavaScript', write: javascript },
  { name: 'Python', write: python },
  { name: 'PHP', write: php },
  { name: 'Go', write: go },
  { name: 'Java', write: java },
  { name: 'Ruby', write: ruby },
];
