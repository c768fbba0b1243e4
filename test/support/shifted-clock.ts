// Loaded before a server (`node --import`): sets the clock of its process wrong by as many ms as the file of
// SHIFTED_CLOCK says, read again at every SIGUSR2. Timers run on, as they do when a real clock is set.
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
