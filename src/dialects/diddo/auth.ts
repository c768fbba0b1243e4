// Authentication: a platform's API key as a bearer token, which is documented. Keys have a mode, `test` or `live`. Ours: it
// shows in them, `diddo_live_…` or `diddo_test_…`, since no form of keys is documented.
import { bearerKeys } from '#dialects/bearer.ts';

export const { authenticate, issueCredential } = bearerKeys('diddo', 'API key');
