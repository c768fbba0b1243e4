/** The server cannot start; the message is one line that says what to do. */
export class StartError extends Error {
  /** 1 when a later start may succeed as it is; 78 (EX_CONFIG) when a person must change something first. */
  readonly exitCode: 1 | 78;

  constructor(message: string, exitCode: 1 | 78, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}
