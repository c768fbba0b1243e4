// Whether output is colored: the flag, then NO_COLOR and FORCE_COLOR (no-color.org), then whether it goes to a terminal.

/** Of `--color` and `--no-color`. */
export type ColorFlag = 'always' | 'never' | 'auto' | boolean | undefined;

export function isColored(
  flag: ColorFlag,
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (flag === 'always') return true;
  if (flag === 'never' || flag === false) return false;
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  if (!['', '0'].includes(environment['FORCE_COLOR'] ?? '')) return true;
  return isTerminal && environment['TERM'] !== 'dumb';
}
