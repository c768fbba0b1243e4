/** Every bound of the server in one place. Most are configurable (`CARILLON_…`); docs/limits.md has all. */
export interface Limits {
  readonly payloadBytesMax: number;
  readonly batchEventsMax: number;
  readonly batchBytesMax: number;
  readonly urlLengthMax: number;
  readonly eventTypesMax: number;
  /** Per tenant and mode. */
  readonly endpointsMax: number;
  /** What the clients of one tenant may ask per minute; the operator is not limited. */
  readonly endpointsPerMinuteMax: number;
  readonly testsPerMinuteMax: number;
  readonly redeliveriesPerMinuteMax: number;
  readonly readsPerMinuteMax: number;
  readonly pullsPerMinuteMax: number;
  /** All other commands. */
  readonly requestsPerMinuteMax: number;
  /** Of reads, and of all other requests. Twice as many may come at once. */
  readonly requestsPerSecondMax: number;
  /** Per tenant and day (UTC), in this process; null for no limit. */
  readonly eventsPerDayMax: number | null;
  /** By client address. */
  readonly authFailuresPerMinuteMax: number;
  /** A delivery with as many attempts is not redelivered. */
  readonly attemptsMax: number;
  /** Reads of one tenant that are carried out or wait; beyond it they are refused. */
  readonly readsMax: number;
  /** Requests that wait for something to happen, and streams: of one tenant, and in all, in this process. */
  readonly streamsPerTenantMax: number;
  readonly streamsMax: number;
  readonly alertsMax: number;
  /** Of one alert, or of the contact of a tenant. */
  readonly alertSendsPerHourMax: number;
  /** Requests in flight, in this process and per endpoint. */
  readonly inFlightMax: number;
  readonly inFlightPerEndpointMax: number;
  /** Events waiting to be committed; beyond it publish answers 503. */
  readonly publishQueueMax: number;
  /** Bytes of request bodies that are being read, in all. */
  readonly bodyBytesMax: number;
  /** Deliveries and their payload bytes held in memory for sending. */
  readonly bufferedMax: number;
  readonly bufferedBytesMax: number;
}

export const defaultLimits: Limits = {
  payloadBytesMax: 256 * 1024,
  batchEventsMax: 1000,
  batchBytesMax: 8 * 1024 * 1024,
  urlLengthMax: 2048,
  eventTypesMax: 200,
  endpointsMax: 1000,
  endpointsPerMinuteMax: 120,
  testsPerMinuteMax: 60,
  redeliveriesPerMinuteMax: 600,
  readsPerMinuteMax: 3000,
  pullsPerMinuteMax: 12_000,
  requestsPerMinuteMax: 1200,
  requestsPerSecondMax: 200,
  eventsPerDayMax: null,
  authFailuresPerMinuteMax: 60,
  attemptsMax: 200,
  readsMax: 64,
  streamsPerTenantMax: 50,
  streamsMax: 1000,
  alertsMax: 100,
  alertSendsPerHourMax: 60,
  inFlightMax: 2000,
  inFlightPerEndpointMax: 64,
  publishQueueMax: 10_000,
  bodyBytesMax: 64 * 1024 * 1024,
  bufferedMax: 20_000,
  bufferedBytesMax: 64 * 1024 * 1024,
};
