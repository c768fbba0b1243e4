// How refusals look: problem details, the same as the admin API's.
import { type Fault, type FaultCode, faultCodes } from '#core/fault.ts';
import { problemContentType, toProblem } from '#core/problem.ts';
import type { Dialect, WireResponse } from '#dialects/dialect.ts';

/** The table of all codes is in `core/problem.ts`. */
export const faults = Object.fromEntries(
  faultCodes.map((code): [FaultCode, Dialect['faults'][FaultCode]] => [code, writeFault]),
) as Dialect['faults'];

function writeFault(fault: Fault): WireResponse {
  return { ...toProblem(fault), contentType: problemContentType };
}
