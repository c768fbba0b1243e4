// The samples under examples/verify/, which tests run: loaded one by one when they are shown.
import type { Scheme } from './scheme.ts';

const files = import.meta.glob<string>(
  '../../../examples/verify/*/{standard,calypso,chip,spritz,Standard,Calypso,Chip,Spritz}.*',
  { query: '?raw', import: 'default' },
);

interface Language {
  readonly name: string;
  /** Under examples/verify/. */
  readonly folder: string;
}

export const languages: readonly [Language, ...Language[]] = [
  { name: 'JavaScript', folder: 'javascript' },
  { name: 'Python', folder: 'python' },
  { name: 'PHP', folder: 'php' },
  { name: 'Go', folder: 'go' },
  { name: 'Java', folder: 'java' },
  { name: 'Ruby', folder: 'ruby' },
  { name: 'Rust', folder: 'rust' },
  { name: 'C#', folder: 'csharp' },
];

/** The code that verifies a scheme in a language. */
export async function loadSample({ folder }: Language, { sample }: Scheme): Promise<string> {
  const wanted = `/${folder}/${sample}.`;
  const found = Object.entries(files).find(([path]) => path.toLowerCase().includes(wanted));
  if (found === undefined) throw new Error(`there is no sample of ${sample} in ${folder}`);
  return found[1]();
}
