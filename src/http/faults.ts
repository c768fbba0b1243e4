// Error boundary: everything that is thrown becomes a `Fault`, and a fault becomes an answer in our own form (RFC 9457).
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault, fieldFault } from '#core/fault.ts';
import { problemContentType, toProblem } from '#core/problem.ts';
import type { Logger } from '#lib/log.ts';
import { type Answer, send } from './answer.ts';

/** The fault for anything that was thrown. An unexpected error is logged here, once, in full. */
export function toFault(error: unknown, request: FastifyRequest, log: Logger): Fault {
  if (error instanceof Fault && error.code !== 'internal') return error;
  const known = fromFramework(error);
  if (known !== null) return known;
  const { method } = request;
  log.error({ err: error, requestId: request.id, method, route: request.routeOptions.url }, 'request.failed');
  return error instanceof Fault ? error : new Fault('internal', 'the request could not be answered');
}

/** Refusals that the framework makes before a handler runs. */
function fromFramework(error: unknown): Fault | null {
  switch (codeOf(error)) {
    case 'FST_ERR_BAD_URL':
      return fieldFault(
        'path',
        'has a percent sign that two hexadecimal digits do not follow, or is not UTF-8',
        'form',
      );
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Fault('route_not_found', 'A part of the path is longer than any id.');
    default:
      return null;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** A fault in our own form. */
export function problemAnswer(fault: Fault): Answer {
  return { ...toProblem(fault), contentType: problemContentType };
}

export function sendProblem(reply: FastifyReply, fault: Fault): FastifyReply {
  return send(reply, problemAnswer(fault));
}
