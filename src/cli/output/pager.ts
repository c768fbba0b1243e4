// Pager: on a terminal, text that is longer than the screen goes through the program of PAGER, or less.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Cli, Environment } from '../cli.ts';
import { Failure } from '../failure.ts';

/** A place to print to. `end` must follow the last text. */
export interface Pages {
  /** Resolves when more can be printed; false when the reader has quit the pager. */
  print(text: string): Promise<boolean>;
  end(): Promise<void>;
}

/** Prints at once where there is no pager; otherwise when the text is long enough for it, or at the end. */
export function openPages(cli: Pick<Cli, 'terminal' | 'environment' | 'flags'>): Pages {
  const { terminal, environment } = cli;
  const command = terminal.isOutTerminal && cli.flags().pager !== false ? pagerOf(environment) : null;
  if (command === null) {
    return {
      print: (text) => Promise.resolve(terminal.print(text)).then(() => true),
      end: () => Promise.resolve(),
    };
  }
  let held = '';
  let pager: Pages | null = null;
  return {
    async print(text) {
      if (pager !== null) return pager.print(text);
      held += `${text}\n`;
      if (countRows(held, terminal.columns) < terminal.rows) return true;
      pager = startPager(command, environment);
      return pager.print(held.slice(0, -1));
    },
    async end() {
      if (pager !== null) await pager.end();
      else if (held !== '') terminal.print(held.slice(0, -1));
    },
  };
}

function startPager(command: string, environment: Environment): Pages {
  // F: quit when it fits after all; R: colors; X: leave the text on the screen.
  const env = { LESS: 'FRX', ...environment };
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env });
  const closed = once(child, 'close');
  // A pager that was quit closes the pipe.
  child.stdin.on('error', () => {});
  // Ctrl-C is for the pager, which stays.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  return {
    async print(text) {
      if (!child.stdin.writable) return false;
      // Rejects when the pager is quit meanwhile.
      if (!child.stdin.write(`${text}\n`)) await once(child.stdin, 'drain').catch(() => {});
      return child.stdin.writable;
    },
    async end() {
      child.stdin.end();
      const [code] = await closed;
      process.off('SIGINT', ignore);
      if (code === 126 || code === 127) {
        const hint = 'set PAGER to a program that can be run, or add --no-pager';
        throw new Failure(`the pager "${command}" cannot be run`, { hint });
      }
    },
  };
}

/** Null for none. */
function pagerOf(environment: Environment): string | null {
  const { PAGER, PATH = '', TERM } = environment;
  if (TERM === 'dumb') return null;
  if (PAGER !== undefined) return ['', 'cat'].includes(PAGER.trim()) ? null : PAGER;
  return PATH.split(delimiter).some((folder) => canRun(join(folder, 'less'))) ? 'less' : null;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The rows that the text takes on the screen, about: characters of double width are rare. */
function countRows(text: string, columns: number): number {
  return text.split('\n').reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
}
