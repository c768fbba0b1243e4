// Circuit breaker: when failures disable an endpoint; core/endpoint.ts applies it.

/** When an endpoint is disabled automatically (circuit breaker). */
export type DisablingRule =
  | { readonly kind: 'never' }
  /** So many failures in a row. */
  | { readonly kind: 'failures-in-row'; readonly failures: number }
  /** Nothing but failures for this long. */
  | { readonly kind: 'failing-for'; readonly ms: number }
  /** More than `failures` without a success inside a window of `withinMs` that the first of them opens. */
  | { readonly kind: 'failures-within'; readonly failures: number; readonly withinMs: number };
