// Output of a command: results to standard output, notes and progress to standard error.
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

export interface Terminal {
  /** Whether standard output, or standard error, is a terminal. */
  readonly isOutTerminal: boolean;
  readonly isErrorTerminal: boolean;
  /** The size of standard output in characters; 80 and 24 where it is not known. */
  readonly columns: number;
  readonly rows: number;
  /** The width that tables have to fit: that of a terminal; undefined elsewhere. */
  readonly width: number | undefined;
  /** For standard output; without effect when it is not to be colored. */
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** One line, or several, on standard output. */
  print(text: string): void;
  /** The same on standard error. */
  note(text: string): void;
  /** A question on standard error: the cursor stays behind it. */
  prompt(text: string): void;
  /** Replaces the progress line on standard error; nothing when that isn't a terminal. Null removes it. */
  progress(text: string | null): void;
}

/** The part of a stream that is used. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** `isColored` is asked each time: flags are parsed later than this is called. */
export function createTerminal(
  out: Output,
  error: Output,
  isColored: (isTerminal: boolean) => boolean,
): Terminal {
  const isOutTerminal = out.isTTY === true;
  const isErrorTerminal = error.isTTY === true;
  let hasProgress = false;
  const clear = (): void => {
    if (hasProgress) error.write('\r\u001b[K');
    hasProgress = false;
  };
  return {
    isOutTerminal,
    isErrorTerminal,
    get columns() {
      return out.columns ?? 80;
    },
    get width() {
      return isOutTerminal ? this.columns : undefined;
    },
    get rows() {
      return out.rows ?? 24;
    },
    get colors() {
      return pc.createColors(isColored(isOutTerminal));
    },
    get errorColors() {
      return pc.createColors(isColored(isErrorTerminal));
    },
    print(text) {
      clear();
      out.write(`${text}\n`);
    },
    note(text) {
      clear();
      error.write(`${text}\n`);
    },
    prompt(text) {
      clear();
      error.write(text);
    },
    progress(text) {
      clear();
      if (text === null || !isErrorTerminal) return;
      error.write(text);
      hasProgress = true;
    },
  };
}

/**
 * Terminal escape injection: text from a server or a tenant, without the control characters that move the cursor,
 * ring the bell or reorder text. For one line.
 */
export function toPlain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ');
}

/** The same over several lines. */
export function toPlainLines(text: string): string {
  return text.split(/\r?\n/).map(toPlain).join('\n');
}
