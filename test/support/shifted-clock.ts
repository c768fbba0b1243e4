// Shifts the clock of a process, loaded with `node --import`: `Date.now` is off by the number of ms in the file of
// SHIFTED_CLOCK, which is read again at every SIGUSR2. Timers continue, as they do when a real clock is set.
import { readFileSync } from 'node:fs';

const file = process.env['SHIFTED_CLOCK'] ?? '';
const realNow = Date.now;
let offsetMs = 0;

function read(): void {
  offsetMs = Number(readFileSync(file, 'utf8'));
}

Date.now = () => realNow() + offsetMs;
read();
process.on('SIGUSR2', read);
