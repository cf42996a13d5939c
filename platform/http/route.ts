import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Endpoint } from '#contracts/http/endpoint.js';
import type { ExpectedVersions } from './entity-tag.js';

/** Who sends a request, as the program has found out by its credentials. */
export interface Caller {
  name: string;
  role: string;
}

/** What a handler is given: validated values only. */
export interface EndpointRequest<E extends Endpoint> {
  params: z.output<E['params']>;
  query: z.output<E['query']>;
  body: z.output<E['body']>;
  /** From `If-Match`; check it with `checkVersion`. */
  expectedVersions: ExpectedVersions;
  requestId: string;
  /** Path of the request, without its query. */
  path: string;
  /** Headers to send along on calls that this request causes. */
  trace: Record<string, string>;
  /** The client's `Idempotency-Key`, where it sent one. */
  idempotencyKey: string | undefined;
  /** Id that a gateway has chosen for what this request creates; undefined where none did. */
  assignedId: string | undefined;
  /** Undefined in programs that do not ask their callers who they are. */
  caller?: Caller | undefined;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** One write, as the part that makes it happen once has to know it. */
export interface Write {
  capability: string;
  idempotencyKey: string | undefined;
  /** SHA-256 of method, path and validated body, in hex. */
  requestHash: string;
  /** Id of the resource that is written: decides the bucket of the key's record. */
  resourceKey: string;
  /** Path of the request: the `instance` of a refusal. */
  path: string;
}

/**
 * Runs a write in one transaction, once per idempotency key: a repeated key gets the first answer again.
 * A handler's error takes its changes back, and its answer is remembered all the same if it is the client's fault.
 */
export type RunWrite<Transaction> = (
  write: Write,
  handle: (transaction: Transaction) => Promise<Answer>,
) => Promise<Answer & { replayed: boolean }>;

/** An endpoint bound to the function that answers it. */
export interface Route {
  endpoint: Endpoint;
  /** Called before a request's contents are checked; what it throws is the answer, whatever is asked. */
  enter?: (caller: Caller | undefined, path: string) => void;
  answer: (request: EndpointRequest<Endpoint>) => Promise<Answer & { replayed?: boolean }>;
}

/** Binds an endpoint that only reads. */
export function readRoute<E extends Endpoint>(
  endpoint: E,
  handle: (request: EndpointRequest<E>) => Promise<Answer>,
): Route {
  return { endpoint, answer: (request) => handle(request) };
}

/**
 * Binds an endpoint that writes: its handler runs in a transaction, once per idempotency key.
 * @param resourceKey the id of what is written, chosen once per request: the handler is given the same one
 *   again when its transaction has to be repeated
 */
export function writeRoute<E extends Endpoint, Transaction>(
  endpoint: E,
  runWrite: RunWrite<Transaction>,
  resourceKey: (request: EndpointRequest<E>) => string,
  handle: (request: EndpointRequest<E>, transaction: Transaction, resourceKey: string) => Promise<Answer>,
): Route {
  return {
    endpoint,
    answer: (untyped) => {
      const request = untyped as EndpointRequest<E>;
      const write = describeWrite(endpoint, request, resourceKey(request));
      return runWrite(write, (transaction) => handle(request, transaction, write.resourceKey));
    },
  };
}

/** What makes a request's write happen once; for routes that do something of their own before it. */
export function describeWrite(
  endpoint: Endpoint,
  request: Pick<EndpointRequest<Endpoint>, 'params' | 'body' | 'idempotencyKey' | 'path'>,
  resourceKey: string,
): Write {
  return {
    capability: endpoint.capability,
    idempotencyKey: request.idempotencyKey,
    requestHash: hashOf(endpoint, request),
    resourceKey,
    path: request.path,
  };
}

/** Validated values come in the schema's order of fields, so that equal requests have equal hashes on both sides. */
function hashOf(endpoint: Endpoint, request: Pick<EndpointRequest<Endpoint>, 'params' | 'body'>): string {
  const content = [endpoint.method, endpoint.path, request.params, request.body ?? {}];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
