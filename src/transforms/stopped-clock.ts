// The clock of a thread of the sandbox: QuickJS asks the thread for the time and the time zone, and gets what is set here.

/** Stops the clock of this thread, in UTC. Returns what sets it, in Unix ms. */
export function stopClock(): (now: number) => void {
  let time = 0;
  const inUtc = ['Date', 'Day', 'FullYear', 'Hours', 'Milliseconds', 'Minutes', 'Month', 'Seconds'];
  const prototype = Date.prototype as unknown as Record<string, unknown>;
  for (const part of inUtc) prototype[`get${part}`] = prototype[`getUTC${part}`];
  prototype['getTimezoneOffset'] = () => 0;
  Date.now = () => time;
  return (now) => {
    time = now;
  };
}
