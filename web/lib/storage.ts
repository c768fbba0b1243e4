// What the browser keeps for these pages. In a frame of another site it may keep nothing, and throws: then nothing is kept.

export function readStored(
  name: string,
  storage: 'localStorage' | 'sessionStorage' = 'localStorage',
): string | null {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}

/** Null forgets it. */
export function store(
  name: string,
  value: string | null,
  storage: 'localStorage' | 'sessionStorage' = 'localStorage',
): void {
  try {
    if (value === null) window[storage].removeItem(name);
    else window[storage].setItem(name, value);
  } catch {
    // It is asked for again, or chosen again.
  }
}
