import type { Case } from '../case.ts';
import { badReceivers } from './bad-receivers.ts';
import { cutDatabase } from './cut-database.ts';
import { cutOffWorker } from './cut-off-worker.ts';
import { failOver } from './fail-over.ts';
import { fillDisk } from './fill-disk.ts';
import { fleet } from './fleet.ts';
import { jumpClock } from './jump-clock.ts';
import { killDatabase } from './kill-database.ts';
import { killPartition } from './kill-partition.ts';
import { killProcess } from './kill-process.ts';
import { killServer } from './kill-server.ts';
import { killWorkerAndDatabase } from './kill-worker-and-database.ts';
import { moveSlots } from './move-slots.ts';
import { pauseWorker } from './pause-worker.ts';
import { swallowDatabase } from './swallow-database.ts';

/** The longest case first, because two run at a time. */
export const cases: readonly Case[] = [
  fleet,
  failOver(2),
  pauseWorker,
  badReceivers,
  killServer,
  killProcess,
  killDatabase,
  killPartition,
  moveSlots,
  killWorkerAndDatabase,
  cutDatabase,
  cutOffWorker,
  swallowDatabase,
  fillDisk,
  jumpClock,
];
