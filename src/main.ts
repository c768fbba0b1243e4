// Entry point: starts the command line.
import { cacheCompiledCode } from '#lib/compile-cache.ts';

cacheCompiledCode();
const { main } = await import('#cli/program.ts');

process.exitCode = await main(process.argv.slice(2));
