// Contract checked by the compiler: the types that the Spritz dialect reads and prints, against those that the official client
// exports. This does not compile with a release that changes them.
import type { EventType, Subscription } from '#dialects/spritz/events.ts';
import type {
  DeletedWebhook,
  DeliveryLog,
  newWebhookSchema,
  SecretSet,
  secretSchema,
  Webhook,
  webhookChangeSchema,
} from '#dialects/spritz/wire.ts';
import type {
  PathParams,
  PathQuery,
  PathRequestBody,
  PathResponse,
  ProblemDetails,
  ProblemFieldError,
  WebhookEvent,
} from '@spritz-finance/api-client';
import type { Static } from 'typebox';

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
/** True when `Ours` is assignable to their type. */
type Fits<Ours, Theirs> = [Ours] extends [DeepReadonly<Theirs>] ? true : false;
/** True when each is assignable to the other. */
type Same<Ours, Theirs> = [Fits<Ours, Theirs>, Fits<Theirs, Ours>] extends [true, true] ? true : false;

type Webhooks = '/v1/integrator/webhooks';
type OneWebhook = '/v1/integrator/webhooks/{webhookId}';
type Log = '/v1/integrator/webhooks/deliveries';
type Secret = '/v1/integrator/webhook-secret';

/** Every entry must be `true`. */
type Checks = {
  everyEvent: Same<Subscription, WebhookEvent>;
  everyEventButAll: Same<EventType, Exclude<WebhookEvent, '*'>>;
  webhook: Same<Webhook, DeepReadonly<PathResponse<Webhooks, 'post'>>>;
  list: Same<readonly Webhook[], DeepReadonly<PathResponse<Webhooks, 'get'>>>;
  changed: Same<Webhook, DeepReadonly<PathResponse<OneWebhook, 'patch'>>>;
  deleted: Fits<DeletedWebhook, PathResponse<OneWebhook, 'delete'>>;
  secretSet: Fits<SecretSet, PathResponse<Secret, 'post'>>;
  log: Fits<DeliveryLog, PathResponse<Log, 'get'>>;
  // The requests of the client are assignable to what the dialect reads.
  create: Fits<PathRequestBody<Webhooks, 'post'>, Static<typeof newWebhookSchema>>;
  change: Fits<PathRequestBody<OneWebhook, 'patch'>, Static<typeof webhookChangeSchema>>;
  setSecret: Fits<PathRequestBody<Secret, 'post'>, Static<typeof secretSchema>>;
  webhookId: Same<{ webhookId: string }, PathParams<OneWebhook, 'patch'>>;
  query: Fits<{ limit: number; cursor: string }, NonNullable<PathQuery<Log, 'get'>>>;
  fieldError: Fits<{ field: string; message: string; code: string }, ProblemFieldError>;
  problem: Fits<
    {
      type: string;
      title: string;
      status: number;
      detail: string;
      code: string;
      field: string;
      realm: string;
      resourceType: string;
      resourceId: string;
      retryable: boolean;
      retryAfter: number;
    },
    ProblemDetails
  >;
};

/** `true`, or the names of the checks that fail. */
export type TypesAgree = {
  [K in keyof Checks]: Checks[K] extends true ? never : K;
}[keyof Checks] extends infer Failing
  ? [Failing] extends [never]
    ? true
    : Failing
  : never;
