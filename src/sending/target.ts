/** Where a socket goes. */
export interface Target {
  readonly isTls: boolean;
  /** A name or an address without brackets. */
  readonly host: string;
  readonly port: number;
}
