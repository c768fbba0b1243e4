#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=16 --max-old-space-size=1024
// The published executable: starts the compiled `src/main.ts`. Memory limits: without those in the first line, V8 sizes
// its heap by the memory of the machine. They save half of the memory for a few percent of speed. They are optional:
// `node bin/carillon.js` works without them.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`error: Carillon needs Node 24 or later; this is ${process.version}\n`);
  // EX_CONFIG: a supervisor should not start it again.
  process.exit(78);
}
await import('../dist/main.js');
