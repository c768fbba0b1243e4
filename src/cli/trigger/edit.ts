// Lets a person edit a text in the editor of VISUAL or EDITOR, as git does.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';

/** Throws `Failure` without an editor, and when it ends with an error. */
export async function editText(environment: Environment, name: string, text: string): Promise<string> {
  const editor = environment['VISUAL'] || environment['EDITOR'];
  if (editor === undefined || editor === '') {
    throw new Failure('there is no editor', {
      hint: 'set VISUAL or EDITOR, for example EDITOR=vi',
      exitCode: exitCodes.configuration,
    });
  }
  // Only its owner can look into it.
  const folder = await mkdtemp(join(tmpdir(), 'carillon-edit-'));
  try {
    const file = join(folder, name);
    await writeFile(file, text);
    await runEditor(editor, file);
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By a shell: an editor may have flags, as in `code --wait`. */
function runEditor(editor: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Failure(`the editor "${editor}" ended with ${code}: its text is not used`));
    });
  });
}
