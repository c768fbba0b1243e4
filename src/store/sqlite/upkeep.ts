// What runs beside the transactions of an open file: checkpoints, the guard, and a check of the pages after a crash.
import { createCheckpoints } from './checkpoints.ts';
import { Guard } from './guard.ts';
import type { OpenDatabase } from './migrate.ts';
import type { Owner } from './owner.ts';
import { checkPagesAside } from './pages.ts';

export interface Upkeep {
  readonly guard: Guard;
  /** Also marks the file as closed in order, unless something is wrong with it or that is not known yet. */
  stop(): Promise<void>;
}

export function startUpkeep({ db, found }: OpenDatabase, owner: Owner): Upkeep {
  const checkpoints = createCheckpoints(db.path);
  const guard = new Guard(db, owner);
  db.onBegin = () => guard.begun();
  db.onCommit = () => {
    checkpoints.request();
    guard.committed();
  };
  if (found.isLogMissing) {
    const detail = `${db.path} was not closed by its server, and its write-ahead log is gone: unless another program has opened it since, its last transactions are lost`;
    guard.notice({ level: 'warn', event: 'database.log_missing', detail });
  }
  const stopping = new AbortController();
  let isChecked = !found.isUnchecked;
  const checking = isChecked
    ? null
    : check(guard, db.path, stopping.signal).then((isOk) => {
        isChecked = isOk;
      });
  return {
    guard,
    async stop() {
      stopping.abort();
      await checking;
      await guard.stop();
      await checkpoints.stop();
      try {
        if (isChecked && guard.isSound) db.transaction(() => owner.release());
      } catch {
        // The next start checks the file.
      }
    },
  };
}

/** Returns false when it is not known whether the pages are in order. */
async function check(guard: Guard, path: string, signal: AbortSignal): Promise<boolean> {
  const found = await checkPagesAside(path, signal);
  if (found.kind === 'damaged') {
    guard.notice({ level: 'error', event: 'database.damaged', detail: found.error.message });
    guard.fail('the database is damaged');
  } else if (!signal.aborted) {
    const isOk = found.kind === 'ok';
    const detail = isOk ? `${path}: every page is in order` : `${path}: ${found.reason}; run carillon doctor`;
    guard.notice({
      level: isOk ? 'info' : 'warn',
      event: isOk ? 'database.checked' : 'database.unchecked',
      detail,
    });
  }
  return found.kind === 'ok';
}
