import {
  type CheckTablesAnswer,
  checkTablesAnswerSchema,
  checkTablesSubject,
  type UnsafeTable,
} from '#contracts/strangler/check-tables.js';
import type { Side } from '#contracts/strangler/move.js';
import { AppError } from '#platform/errors/app-error.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { count } from '../../control/verify/describe-result.js';
import { withSidecars } from '../data/with-sidecars.js';
import { notReachable } from '../output/exit-codes.js';
import type { Places } from '../system/locate-system.js';
import { printJson, type Terminal } from '../output/terminal.js';

export interface CheckOptions {
  json?: boolean;
}

const sides = ['monolith', 'service'] as const;
/** Longest that a sidecar may look at its database, in milliseconds. */
const answerTimeout = 15_000;

/**
 * Shows what keeps the tables of a capability from being replicated exactly, on both sides, with what mends it.
 * @throws AppError `failed` when something does, `not_reachable` when a sidecar can't say
 */
export async function checkCapability(
  places: Places,
  capability: string,
  { json }: CheckOptions,
  terminal: Terminal,
): Promise<void> {
  const found = await withSidecars(places, async (nats) => ({
    monolith: await ask(nats, capability, 'monolith'),
    service: await ask(nats, capability, 'service'),
  }));
  const total = sides.reduce((sum, side) => sum + found[side].length, 0);
  if (json) printJson(terminal, { capability, ...found });
  else for (const side of sides) terminal.print(sideText(side, found[side]));
  if (total > 0)
    throw new AppError(
      'failed',
      `${count(total, 'thing')} ${total === 1 ? 'keeps' : 'keep'} ${capability} from being replicated without a loss.`,
    );
}

async function ask(nats: NatsConnection, capability: string, side: Side): Promise<UnsafeTable[]> {
  const answer = await requestJson(
    nats,
    checkTablesSubject(capability, side),
    {},
    checkTablesAnswerSchema,
    answerTimeout,
  ).catch((error: unknown): CheckTablesAnswer => ({ accepted: false, message: messageOf(error) }));
  if (answer.accepted) return answer.unsafe;
  throw notReachable(
    `The sidecar beside the ${side} can't check the tables of ${capability} (${answer.message}). ` +
      '"npx strangler ps" shows whether it runs; its log says what it waits for.',
  );
}

function sideText(side: Side, unsafe: readonly UnsafeTable[]): string {
  if (unsafe.length === 0) return `${side}: every table can be replicated exactly`;
  const lines = unsafe.map(
    ({ table, problem, remedy }) => `  ${table}: ${problem}\n    to mend it: ${remedy}`,
  );
  return `${side}:\n${lines.join('\n')}`;
}
