import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type CompletionLook, completionLookSchema } from '#contracts/strangler/completion.js';
import {
  capabilityViewSchema,
  type CapabilityView,
  leaderHeader,
} from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/http/app-error.js';
import { notConfirmed, notReachable, wrongUsage } from '../exit-codes.js';
import { withoutSystem } from '../system/without-system.js';
import type { Places } from '../system/locate-system.js';

/** Where the control plane is, and what lets its caller in. */
export interface ControlAccess {
  url: string;
  token: string;
}

/** What a change says of itself. */
export interface Why {
  by: string;
  reason: string;
}

/** The control plane, as commands use it. */
export interface ControlClient {
  /** All capabilities with a service. */
  list(): Promise<CapabilityView[]>;
  look(capability: string): Promise<CapabilityView>;
  /** What another share would move; changes nothing. */
  plan(capability: string, percent: number): Promise<CapabilityView>;
  /** What completing it needs, and how far it is; changes nothing. */
  completion(capability: string): Promise<CompletionLook>;
  /** Changes the capability, if it is still at that version; to pause or roll back is always right. */
  change(
    view: Pick<CapabilityView, 'capability' | 'version'>,
    action: 'share' | 'rollback' | 'pause' | 'resume' | 'complete' | 'drop' | 'abandon',
    body: Why & Record<string, unknown>,
  ): Promise<CapabilityView>;
}

/** Longest wait for one answer, in milliseconds: a changed flag is seen within seconds. */
const answerTimeout = 15_000;
/** Between two leaders there is a moment without any. */
const leaderPatience = 10_000;
const askAgainAfter = 500;

/**
 * @param patience longest wait for one answer, in milliseconds
 * @throws AppError `not_reachable` when nobody has said where the control plane is
 */
export function openControl({ control, dataDir }: Places, patience = answerTimeout): ControlClient {
  if (!control)
    throw notReachable(
      `Where is the control plane? ${withoutSystem(dataDir)} For another one set CONTROL_URL and CONTROL_TOKEN.`,
    );
  const ask = (method: string, path: string, body?: unknown, version?: number | '*') =>
    askLeader(control, { method, path, body, version, patience }, capabilityViewSchema);
  const at = (capability: string) => `/capabilities/${encodeURIComponent(capability)}`;
  const all = { method: 'GET', path: '/capabilities', body: undefined, version: undefined, patience };
  return {
    list: async () => (await askLeader(control, all, listSchema)).items,
    look: (capability) => ask('GET', at(capability)),
    plan: (capability, percent) => ask('GET', `${at(capability)}/plan?percent=${percent}`),
    completion: (capability) =>
      askLeader(control, { ...all, path: `${at(capability)}/completion` }, completionLookSchema),
    change: ({ capability, version }, action, body) =>
      ask('POST', `${at(capability)}/${action}`, body, alwaysRight.has(action) ? '*' : version),
  };
}

/** What somebody asks for in need, and what is right whatever has changed since they looked. */
const alwaysRight: ReadonlySet<string> = new Set(['pause', 'rollback']);

interface Question {
  method: string;
  path: string;
  body: unknown;
  version: number | '*' | undefined;
  /** Longest wait for the answer, in milliseconds. */
  patience: number;
}

const listSchema = z.object({ items: z.array(capabilityViewSchema) });

/** Changes are taken by the leader only; a stand-by says where it is. */
async function askLeader<Schema extends z.ZodType>(
  access: ControlAccess,
  question: Question,
  schema: Schema,
): Promise<z.output<Schema>> {
  const deadline = Date.now() + leaderPatience;
  let url = access.url;
  for (;;) {
    const response = await send({ ...access, url }, question);
    const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (response.ok) return schema.parse(body);
    const again = body['code'] === 'not_leader' || body['code'] === 'deposed';
    if (!again || Date.now() > deadline) throw refusal(url, response.status, body);
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
        ...(version === undefined ? {} : { 'if-match': version === '*' ? version : `"${version}"` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience),
    });
  } catch (cause) {
    throw notReachable(
      `The control plane at ${url} doesn't answer. Owners stay as they are, and the gateways go on. Look at "npx strangler ps", or name the right address with CONTROL_URL.`,
      cause,
    );
  }
}

function refusal(url: string, status: number, body: Record<string, unknown>): AppError {
  const detail = typeof body['detail'] === 'string' ? body['detail'] : `it answers ${status}`;
  if (status === 401 || status === 403)
    return notReachable(
      `The control plane at ${url} doesn't accept the token: ${detail}. Set CONTROL_TOKEN to the operator's.`,
    );
  if (status === 404) return wrongUsage(detail);
  if (status === 504) return notConfirmed(detail);
  return new AppError('failed', detail);
}
