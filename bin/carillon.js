#!/usr/bin/env -S node --conditions=compiled
// The published executable: the compiled `src/main.ts`.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`error: Carillon needs Node 24 or later; this is ${process.version}\n`);
  process.exit(1);
}
await import('../dist/main.js');
