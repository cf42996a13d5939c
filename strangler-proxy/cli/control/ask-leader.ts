import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { leaderHeader } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/errors/app-error.js';
import { neverArrived } from '#platform/errors/never-arrived.js';
import { notConfirmed, notReachable, wrongUsage } from '../output/exit-codes.js';

/** Where the control plane is, and what lets its caller in. */
export interface ControlAccess {
  url: string;
  token: string;
}

export interface Question {
  method: string;
  path: string;
  body: unknown;
  version: number | undefined;
  /** Longest wait for the answer, in milliseconds. */
  patience: number;
}

/** A change was asked for, and nobody has said whether it is made: it may be, or may still become so. */
export class AnswerLost extends Error {}

/** Between two leaders there is a moment without any. */
const leaderPatience = 10_000;
const askAgainAfter = 500;

/**
 * Asks the control plane. Changes are taken by the leader only; a stand-by says where it is.
 * @throws AnswerLost where it may have made a change; AppError `not_reachable` where it has changed nothing, or whatever it refuses with
 */
export async function askLeader<Schema extends z.ZodType>(
  access: ControlAccess,
  question: Question,
  schema: Schema,
): Promise<z.output<Schema>> {
  const deadline = Date.now() + leaderPatience;
  let url = access.url;
  for (;;) {
    const response = await send({ ...access, url }, question);
    const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (response.ok) return understood(url, question, schema, body);
    const again = body['code'] === 'not_leader' || body['code'] === 'deposed';
    if (!again || Date.now() > deadline) throw refusal(url, question, response.status, body);
    url = response.headers.get(leaderHeader) ?? access.url;
    await sleep(askAgainAfter);
  }
}

async function send({ url, token }: ControlAccess, question: Question): Promise<Response> {
  const { method, path, body, version, patience } = question;
  try {
    return await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience),
    });
  } catch (cause) {
    if (isChange(question) && !neverArrived(cause))
      throw new AnswerLost(`The control plane at ${url} has not answered`, { cause });
    throw notReachable(
      `The control plane at ${url} doesn't answer. Nothing was asked of it, and the gateways go on. Look at "npx strangler ps", or name the right address with CONTROL_URL.`,
      cause,
    );
  }
}

function isChange({ method }: Question): boolean {
  return method !== 'GET';
}

/** An answer may break off, or come from something that stands between. */
function understood<Schema extends z.ZodType>(
  url: string,
  question: Question,
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  const what = `The answer of the control plane at ${url} is not understood`;
  if (isChange(question)) throw new AnswerLost(what, { cause: error });
  throw new AppError('failed', `${what}: is it in the same version as this command?`, { cause: error });
}

function refusal(
  url: string,
  question: Question,
  status: number,
  { code, detail: told }: Record<string, unknown>,
): Error {
  const detail = typeof told === 'string' ? told : `it answers ${status}`;
  if (status === 401)
    return notReachable(
      `The control plane at ${url} doesn't accept the token: ${detail}. Set CONTROL_TOKEN to one of its tokens.`,
    );
  if (status === 412) return new AppError('version_mismatch', detail);
  if (status === 404) return wrongUsage(detail);
  if (status === 504 && code === 'timeout') return notConfirmed(detail);
  const nothingDone = code === 'not_leader' || code === 'deposed';
  // A database that is lost while it commits may have committed.
  if (status >= 500 && isChange(question) && !nothingDone)
    return new AnswerLost(`The control plane at ${url} has failed (${detail})`);
  return new AppError('failed', detail);
}
