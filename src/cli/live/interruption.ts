// Ctrl-C of a command that runs until it is stopped.
export interface Interruption {
  /** Aborts at the first SIGINT or SIGTERM; the second ends the process at once. */
  readonly signal: AbortSignal;
  end(): void;
}

/** As a shell says of a process that SIGINT ended. */
const interruptedCode = 130;

export function listenForInterrupt(): Interruption {
  const interrupted = new AbortController();
  const interrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(interruptedCode);
    interrupted.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: interrupted.signal,
    end: () => void process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  };
}
