/** Resolves in the next turn of the event loop: what has arrived meanwhile is handled first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
