// What the thread of checkpoints.ts runs: it copies when it is told to, and tells when it has.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { sql } from './database.ts';

/** Passes after which it has done enough: what is committed during one is little, and left to the next. */
const passesMax = 4;

const port = parentPort;
if (port === null) throw new Error('this file runs as a thread');
const db = new DatabaseSync(workerData as string, { timeout: 1000 });
const checkpoint = db.prepare(sql`pragma wal_checkpoint(passive)`);

port.on('message', (word: 'copy' | 'stop') => {
  if (word === 'stop') {
    db.close();
    port.close();
    return;
  }
  for (let pass = 0; pass < passesMax; pass++) {
    const row = checkpoint.get();
    if (row?.['log'] === row?.['checkpointed']) break;
  }
  port.postMessage('copied', []);
});
