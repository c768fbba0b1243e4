// Compile cache: compiled code is kept in a folder beside the installed packages, where that can be written. Reading it
// takes half of the time of compiling, which is most of a start.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** One folder above src/ and dist/. */
const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'carillon');

/** For what this thread imports from now on. */
export function cacheCompiledCode(): void {
  enableCompileCache(folder);
}

/** Writes what has been compiled. Otherwise that happens at the end of the process, which a killed one does not reach. */
export function keepCompiledCode(): void {
  flushCompileCache();
}
