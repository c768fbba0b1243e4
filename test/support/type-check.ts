// Checks TypeScript files by the compiler, as a user does: strict, and without the types of Node.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
const flags =
  '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck --ignoreConfig ' +
  '--allowImportingTsExtensions --erasableSyntaxOnly --module nodenext --target es2024 --lib es2024,dom,dom.iterable';

/** What the compiler says of the files; empty when nothing is wrong. */
export function checkTypes(folder: string, ...files: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [tsc, ...flags.split(' '), '--types', '', ...files],
      { cwd: folder },
      (error, stdout, stderr) => {
        resolve(error === null ? '' : `${stdout}${stderr}`);
      },
    );
  });
}
