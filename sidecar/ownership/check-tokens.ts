import type { Side } from '#contracts/strangler/move.js';
import {
  ownershipAnswerSchema,
  ownershipSubject,
  type ReopenRequest,
  type VetoableRow,
  type VetoRequest,
} from '#contracts/strangler/ownership.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';

/** The ownership rows of the other side, which alone knows what it has released and refused. */
export type AskOtherSide = () => Promise<ReadonlyMap<number, VetoableRow>>;

/** @returns asks the sidecar beside that side; it throws when nobody answers */
export function otherSideOver(nats: NatsConnection, capability: string, side: Side): AskOtherSide {
  return async () => {
    const subject = ownershipSubject('rows', capability, side);
    const { rows } = await requestJson(nats, subject, {}, ownershipAnswerSchema);
    return new Map(rows.map((row) => [row.bucket, row]));
  };
}

/**
 * Refuses to reopen buckets whose tokens the other side has not refused: it could take them at any later time, and there would be
 * two owners. What a repetition asks for is done already, and needs no veto.
 * @param rows of this side
 * @returns why it is refused, or undefined
 * @throws when the other side does not answer
 */
export async function whyNotReopen(
  { buckets }: ReopenRequest,
  rows: readonly VetoableRow[],
  askOtherSide: AskOtherSide,
): Promise<string | undefined> {
  const here = byBucket(rows);
  const changing = buckets.filter(({ bucket, expected }) => {
    const { state, epoch } = here.get(bucket) ?? {};
    return state === 'released' ? epoch === expected + 1 : epoch === expected;
  });
  if (changing.length === 0) return undefined;
  const there = await askOtherSide();
  const missing = changing.filter(({ bucket, expected }) => (there.get(bucket)?.vetoed ?? 0) <= expected);
  if (missing.length === 0) return undefined;
  return `the other side has not refused the token of bucket ${missing.map(({ bucket }) => bucket).join(', ')}: ask it for a veto first`;
}

/**
 * Refuses to veto tokens that do not exist yet: a bucket that has refused a high one could not be handed over for as long.
 * Usually the row itself tells which token is next; the other side is asked where this database is behind, as after a restore.
 * @param rows of this side
 * @returns why it is refused, or undefined
 * @throws when the other side has to be asked and does not answer
 */
export async function whyNotVeto(
  { buckets }: VetoRequest,
  rows: readonly VetoableRow[],
  askOtherSide: AskOtherSide,
): Promise<string | undefined> {
  const here = byBucket(rows);
  const unexpected = buckets.filter(({ bucket, token }) => token > nextToken(here.get(bucket)));
  if (unexpected.length === 0) return undefined;
  const there = await askOtherSide();
  const invalid = unexpected.filter(({ bucket, token }) => token > newestToken(there.get(bucket)));
  if (invalid.length === 0) return undefined;
  const named = invalid.map(({ bucket, token }) => `${token} of bucket ${bucket}`).join(', ');
  return `token ${named} is beyond the next one: the other side has not released it`;
}

/** The highest token that the other side can have sent, as this side's row tells: after a veto it owns with the next epoch. */
function nextToken(row: VetoableRow | undefined): number {
  return row ? Math.max(row.epoch, row.vetoed + 1) + 1 : 0;
}

/** The highest token that a side has sent, or that its next release will send. */
function newestToken(row: VetoableRow | undefined): number {
  if (!row) return 0;
  return row.state === 'owned' ? row.epoch + 1 : row.epoch;
}

function byBucket(rows: readonly VetoableRow[]): Map<number, VetoableRow> {
  return new Map(rows.map((row) => [row.bucket, row]));
}
