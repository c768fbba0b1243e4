// Authentication: a bearer token, `car_live_…` or `car_test_…`.
import { bearerKeys } from '#dialects/bearer.ts';

export const { authenticate, issueCredential } = bearerKeys('car', 'key'); // ours
