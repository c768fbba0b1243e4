// The samples under examples/, which tests run: loaded one by one when they are shown.

const files = import.meta.glob<string>(
  [
    '../../examples/verify/*/{standard,calypso,chip,spritz,Standard,Calypso,Chip,Spritz}.*',
    '../../examples/publish/*/{publish,Publish}.*',
    '!**/*.csproj',
  ],
  { query: '?raw', import: 'default' },
);

interface Language {
  readonly name: string;
  /** Under examples/verify/ and examples/publish/. */
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

/** The code of a sample, by its file name without the ending, in lower case. */
export async function loadSample({ folder }: Language, name: string): Promise<string> {
  const wanted = `/${folder}/${name}.`;
  const found = Object.entries(files).find(([path]) => path.toLowerCase().includes(wanted));
  if (found === undefined) throw new Error(`there is no sample ${name} in ${folder}`);
  return found[1]();
}
