/** One `name: value` per line, as a member of names and values. */
export function readPairs(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line): [string, string] => {
    const [, name = line, value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    return [name.trim(), value.trim()];
  });
  return Object.fromEntries(pairs);
}

export function writePairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
