// A receiver that does what the documentation asks: it verifies by the library, and answers as the library says.
import { VerificationError, type Verifier } from '#packages/verify/src/verify.ts';
import type { Answer, Received } from './receiver.ts';

/** Answers 200 to what is signed, also when it is of a type that it does not know. */
export function answerWhenVerified(verifier: Verifier): (request: Received) => Promise<Answer> {
  return async ({ headers, body }) => {
    try {
      await verifier.verify({ headers, body: Buffer.from(body) });
      return 200;
    } catch (error) {
      if (error instanceof VerificationError) return error.status;
      throw error;
    }
  };
}
