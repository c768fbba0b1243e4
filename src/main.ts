// Starts the command line, nothing else.
import { main } from '#cli/program.ts';

process.exitCode = await main(process.argv.slice(2));
