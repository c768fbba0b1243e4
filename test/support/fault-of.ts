// Catches the fault that a function throws.
import { expect } from 'vitest';
import { Fault } from '#core/fault.ts';

/** The fault that `run` throws. Fails the test when it throws none. */
export function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return expect.fail('no fault was thrown');
}
