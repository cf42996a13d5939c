import type { Side } from '#contracts/strangler/move.js';
import {
  answeredDigestSchema,
  type DigestAnswer,
  type DigestRequest,
  verifySubject,
} from '#contracts/strangler/verify.js';
import { type Asker, askSide, type Bound } from './ask-side.js';
import type { Range } from './find-suspects.js';

/** A stretch of a table that both sides have told digests of. */
export interface Stretch {
  /** Where it ends; null at the table's end. */
  upTo: Bound;
  rows: Record<Side, number>;
  /** Rows that one side has read, whatever their bucket. */
  scanned: number;
  /** Blocks whose digests are not the same. */
  unlike: Range[];
}

export interface DigestedRows {
  /** As the service names it. */
  table: string;
  buckets: readonly number[] | null;
  blockRows: number;
}

export interface WalkOptions extends DigestedRows {
  after: Bound;
  /** Called before each stretch is asked for: may wait. */
  pace(): Promise<void>;
}

/** Blocks of one question. */
const blocks = 20;

/**
 * Walks along a table with both sides at work: the monolith, which says where blocks end, is a stretch ahead of the service.
 */
export async function* walkTable(asker: Asker, options: WalkOptions): AsyncGenerator<Stretch> {
  const ahead = async (after: Bound): Promise<DigestAnswer> => {
    await options.pace();
    return askDigest(asker, 'monolith', options, after, null);
  };
  /** Whoever ends the walk does not want to hear of what was asked ahead. */
  const begin = (after: Bound): Promise<DigestAnswer> => {
    const answer = ahead(after);
    answer.catch(() => undefined);
    return answer;
  };

  let after = options.after;
  let leading: Promise<DigestAnswer> | undefined = begin(after);
  while (leading) {
    const monolith: DigestAnswer = await leading;
    const upTos = monolith.blocks.map(({ upTo }) => upTo);
    const upTo = upTos.at(-1) ?? null;
    leading = upTo === null ? undefined : begin(upTo);
    const service = await askDigest(asker, 'service', options, after, upTos);
    yield compareStretch(after, monolith, service);
    after = upTo;
  }
}

/** Whether both sides tell the same of a range when they are asked at the same time. */
export async function isAlike(asker: Asker, what: DigestedRows, range: Range): Promise<boolean> {
  const ask = (side: Side) => askDigest(asker, side, what, range.after, [range.upTo]);
  const [monolith, service] = await Promise.all([ask('monolith'), ask('service')]);
  return compareStretch(range.after, monolith, service).unlike.length === 0;
}

function askDigest(
  asker: Asker,
  side: Side,
  { table, buckets, blockRows }: DigestedRows,
  after: Bound,
  upTos: Bound[] | null,
): Promise<DigestAnswer> {
  const request: DigestRequest = {
    table,
    after,
    upTos,
    blocks,
    rows: blockRows,
    buckets: buckets && [...buckets],
  };
  const subject = verifySubject('digest', asker.capability, side);
  return askSide(asker, side, subject, request, answeredDigestSchema);
}

/** Which blocks of two answers about the same stretch are not alike. */
export function compareStretch(after: Bound, monolith: DigestAnswer, service: DigestAnswer): Stretch {
  const unlike: Range[] = [];
  let from = after;
  monolith.blocks.forEach((block, index) => {
    const other = service.blocks[index];
    if (!other || block.digest === null || block.digest !== other.digest || block.rows !== other.rows)
      unlike.push({ after: from, upTo: block.upTo });
    from = block.upTo;
  });
  const count = ({ blocks: all }: DigestAnswer) => all.reduce((sum, { rows }) => sum + rows, 0);
  return {
    upTo: monolith.blocks.at(-1)?.upTo ?? null,
    rows: { monolith: count(monolith), service: count(service) },
    scanned: monolith.scanned,
    unlike,
  };
}
