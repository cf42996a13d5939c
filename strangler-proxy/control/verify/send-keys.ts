import { randomUUID } from 'node:crypto';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import type { WireValue } from '#contracts/strangler/row-values.js';
import {
  keysAnswerSchema,
  type KeysReport,
  keysReportSchema,
  keysReportSubject,
  keysSubject,
} from '#contracts/strangler/verify.js';
import { listenJson, requestJson } from '#platform/messaging/exchange-json.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Asker } from './ask-side.js';

/** Keys whose rows their owner sends through the stream. */
export interface SentKeys {
  /** The owner. */
  from: Side;
  /** As the service names it. */
  table: string;
  keys: WireValue[][];
  /** Only compare; otherwise the replica is mended. */
  check: boolean;
}

/**
 * What became of the first `taken` keys, of which the others have to be sent again; or a problem, `late` when the replica
 * has not met the keys in time.
 */
export type SendingOutcome =
  { taken: number; report: Extract<KeysReport, { outcome: 'met' }> } | { problem: string; late: boolean };

/** Longest wait for the owner's sidecar, which reads the rows, in milliseconds. */
const answerTimeout = 15_000;

/** Most keys of one request. */
export const mostKeys = 100;

/**
 * Has rows sent from their owner to the replica, at their place of the log, and waits until the replica has met them.
 * @param patience longest wait for the replica, in milliseconds
 */
export async function sendKeys(
  { nats, capability }: Asker,
  { from, ...request }: SentKeys,
  patience: number,
): Promise<SendingOutcome> {
  const id = randomUUID();
  const replica = otherSide(from);
  let met: (report: KeysReport) => void = () => undefined;
  const reported = new Promise<KeysReport>((resolve) => (met = resolve));
  const stopListening = listenJson(
    nats,
    keysReportSubject(capability, replica),
    keysReportSchema,
    (report) => {
      if (report.id === id) met(report);
    },
    () => undefined,
  );
  try {
    const subject = keysSubject(capability, from);
    const answer = await requestJson(nats, subject, { id, ...request }, keysAnswerSchema, answerTimeout);
    if (!answer.accepted)
      return { late: false, problem: `the capture on the ${from} refuses: ${answer.message}` };
    const report = await within(reported, patience);
    if (!report)
      return {
        late: true,
        problem:
          `the replica on the ${replica} has not met the rows after ${patience / 1_000} s: ` +
          `it is stopped or far behind ("strangler data repair ${capability}" tells why)`,
      };
    if (report.outcome === 'lost')
      return { late: false, problem: `the log of the ${from} is being read again` };
    return { taken: answer.taken, report };
  } catch (error) {
    return { late: false, problem: `the capture on the ${from} can't be asked: ${messageOf(error)}` };
  } finally {
    stopListening();
  }
}

async function within<Result>(promise: Promise<Result>, milliseconds: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
