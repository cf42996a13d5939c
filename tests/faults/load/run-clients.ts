import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Operation } from '../history/operation.js';
import { chooseCommand, type Habits, type Shelf } from './choose-command.js';
import { type Random, randomFrom } from './random.js';
import { type Reply, sendCommand } from './send-command.js';

export interface LoadOptions {
  gateway: string;
  clients: number;
  /** Commands a second that all clients together begin, as long as answers come fast enough. */
  rate: number;
  shelf: Shelf;
  habits: Habits;
  seed: number;
}

/** Clients at work. */
export interface RunningClients {
  /** Everything so far, those under way included. */
  operations: readonly Operation[];
  /** Lets each client end what it has begun. */
  stop(): Promise<void>;
}

/** Longest that a client tries to get an answer, in milliseconds. */
const patience = 90_000;

/** Starts clients that each do one thing after the other, and try again with the same key until they know what happened. */
export function runClients(options: LoadOptions): RunningClients {
  const operations: Operation[] = [];
  const gateway = new Pool(options.gateway, { connections: options.clients, headersTimeout: 30_000 });
  const pause = (options.clients / options.rate) * 1_000;
  let running = true;

  async function act(client: number): Promise<void> {
    const random = randomFrom(options.seed * 1_000 + client);
    const placed: string[] = [];
    let next = performance.now() + random.next() * pause;
    for (let turn = 0; running; turn += 1) {
      await sleep(Math.max(0, next - performance.now()));
      next = Math.max(performance.now(), next + pause);
      const command = chooseCommand(random, options.shelf, options.habits, placed);
      const key = `${options.seed}-${client}-${turn}`;
      const operation: Operation = { client, key, command, attempts: [], answer: undefined };
      operations.push(operation);
      await untilAnswered(operation, random);
      const { answer } = operation;
      if (command.kind === 'order' && answer?.status === 201) placed.push(String(answer.body['orderId']));
    }
  }

  async function untilAnswered(operation: Operation, random: Random): Promise<void> {
    const began = performance.now();
    while (performance.now() - began < patience) {
      const startedAt = performance.now();
      const reply = await sendCommand(gateway, operation.client, operation.key, operation.command);
      const { status, problem, servedBy } = reply;
      operation.attempts.push({ startedAt, endedAt: performance.now(), status, problem, servedBy });
      if (status !== undefined && saysWhatHappened(reply)) {
        operation.answer = { status, body: reply.body };
        return;
      }
      await sleep(50 + random.next() * 200);
    }
  }

  const all = Promise.all(Array.from({ length: options.clients }, (_, client) => act(client + 1)));
  return {
    operations,
    stop: async () => {
      running = false;
      await all;
      await gateway.close();
    },
  };
}

/**
 * An answer after which these clients do not try again. Where the card provider was too slow, 504 is one: the order is
 * rejected, and stands where the answer says; the gateway's own 504 tells of no order.
 */
function saysWhatHappened({ status = 0, problem, location }: Reply): boolean {
  if (status >= 500) return status === 504 && location !== undefined;
  return problem !== 'request_in_progress' && problem !== 'rate_limited';
}
