// HTTP client of the admin API over real sockets with a connection pool, fast enough to publish at full speed.
import { Pool } from 'undici';

export interface ApiClient {
  call<T = any>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T; retryAfter: string | null }>;
  close(): Promise<void>;
}

export function createApiClient(url: string, adminKey: string, connections = 64): ApiClient {
  const pool = new Pool(url, { connections });
  const authorization = `Bearer ${adminKey}`;
  return {
    async call(method, path, body) {
      const response = await pool.request({
        method,
        path: `/admin/v1${path}`,
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.body.text();
      const retryAfter = response.headers['retry-after'];
      return {
        status: response.statusCode,
        body: text === '' ? null : JSON.parse(text),
        retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      };
    },
    close: () => pool.destroy(),
  };
}
