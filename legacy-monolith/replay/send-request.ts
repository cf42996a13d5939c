import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

interface ApiRequest {
  method: 'GET' | 'POST';
  path: string;
  idempotencyKey?: string | undefined;
  body?: unknown;
}

/** What a request came to after all its attempts. */
export interface ApiAnswer {
  /** 0 when no answer came at all. */
  status: number;
  /** The contract's word for an error, or what kept the answer from coming. */
  code: string | undefined;
  body: unknown;
  /** Which side answered, as the gateway tells. */
  servedBy: string | undefined;
  /** An earlier attempt had been carried out: this is its answer. */
  replayed: boolean;
  /** Why each attempt before the last one was repeated. */
  retries: string[];
  /** From the first attempt to the answer. */
  milliseconds: number;
}

export interface ApiClient {
  send(request: ApiRequest): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** Longest wait for an answer to one attempt, in milliseconds: longer than the gateway's own. */
const answerTimeout = 20_000;
/** With pauses of 0.1 s that double up to 2 s: about 20 s in all, in which a killed process is back. */
const mostAttempts = 14;
const longestPause = 2_000;

/**
 * A keep-alive client of one shop. What may be mended by asking again is asked again with the same key: no connection,
 * no answer, 502, 503, 504, and 409 while an earlier attempt is still running. It never throws.
 */
export function createApiClient(url: string, connections: number): ApiClient {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, headersTimeout: answerTimeout, bodyTimeout: answerTimeout });
  const base = pathname.replace(/\/$/, '');
  return {
    close: () => pool.close(),
    send: async (request) => {
      const began = performance.now();
      const retries: string[] = [];
      for (;;) {
        const answer = await attempt(pool, base, request);
        const why = whyAgain(answer);
        if (why === undefined || retries.length === mostAttempts - 1) {
          return { ...answer, retries, milliseconds: performance.now() - began };
        }
        await sleep(Math.min(100 * 2 ** retries.length, longestPause) * (0.75 + Math.random() / 2));
        retries.push(why);
      }
    },
  };
}

type Attempt = Omit<ApiAnswer, 'retries' | 'milliseconds'>;

async function attempt(pool: Pool, base: string, request: ApiRequest): Promise<Attempt> {
  try {
    const { statusCode, headers, body } = await pool.request({
      method: request.method,
      path: base + request.path,
      headers: {
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
    });
    const content = parse(await body.text());
    return {
      status: statusCode,
      code: statusCode < 400 ? undefined : (content as { code?: string }).code,
      body: content,
      servedBy: headers['x-served-by']?.toString(),
      replayed: headers['idempotency-replayed'] === 'true',
    };
  } catch (error) {
    const { code, name, message } = error as { code?: string; name: string; message: string };
    return { status: 0, code: code ?? name, body: { detail: message }, servedBy: undefined, replayed: false };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 200) };
  }
}

function whyAgain({ status, code }: Attempt): string | undefined {
  if (status === 0) return code ?? 'no answer';
  if (status === 502 || status === 503 || status === 504) return String(status);
  return code === 'request_in_progress' ? code : undefined;
}
