#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --conditions=compiled --max-semi-space-size=16 --max-old-space-size=1024
// The published executable: the compiled `src/main.ts`. Node takes as much memory as the machine seems to have, for
// garbage that nobody has collected yet; these bounds cost a few percent of speed and save half of the memory.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`error: Carillon needs Node 24 or later; this is ${process.version}\n`);
  process.exit(1);
}
await import('../dist/main.js');
