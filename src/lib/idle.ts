/** Lets others wait until nothing is being done. */
export interface Idle {
  /** Resolves when nothing is being done. */
  wait(): Promise<void>;
  /** To be called whenever something has ended. */
  look(): void;
}

export function createIdle(isIdle: () => boolean): Idle {
  let waiting: (() => void)[] = [];
  return {
    async wait() {
      if (!isIdle()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    look() {
      if (!isIdle()) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
  };
}
