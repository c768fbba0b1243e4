import { Type } from 'typebox';

/** The answer of a stream. */
export const StreamText = Type.String({ description: 'Server-sent events.' });
