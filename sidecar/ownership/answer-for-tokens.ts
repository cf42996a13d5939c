import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import type {
  ReopenAnswer,
  ReopenRequest,
  VetoableRow,
  VetoAnswer,
  VetoRequest,
} from '#contracts/strangler/ownership.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { Connection } from '../database/connect-mysql.js';
import { otherSideOver, whyNotReopen, whyNotVeto } from './check-tokens.js';
import { readOwners } from '../state/owner-rows.js';
import { reopenBuckets } from './reopen-buckets.js';
import { sayOwners } from './say-owners.js';
import { vetoTokens } from './veto-tokens.js';

/** Refuses tokens, and takes back those that the other side has refused. */
export interface TokenAnswers {
  veto(connection: Connection, request: VetoRequest): Promise<VetoAnswer>;
  reopen(connection: Connection, request: ReopenRequest): Promise<ReopenAnswer>;
}

export function answerForTokens({
  url,
  move: { capability },
  side,
  nats,
  logger,
}: {
  url: string;
  move: Pick<Move, 'capability'>;
  side: Side;
  nats: NatsConnection;
  logger: Logger;
}): TokenAnswers {
  const askOtherSide = otherSideOver(nats, capability, otherSide(side));

  function rowsOf(connection: Connection, { buckets }: VetoRequest | ReopenRequest): Promise<VetoableRow[]> {
    const asked = buckets.map(({ bucket }) => bucket);
    return readOwners(connection, capability, asked, 'plain');
  }

  return {
    async veto(connection, request) {
      const refused = await whyNotVeto(request, await rowsOf(connection, request), askOtherSide);
      const answer = refused ? { buckets: [], refused } : await vetoTokens(url, capability, request);
      logger[refused ? 'warn' : 'info']({ request, answer }, 'a veto was asked for');
      return answer;
    },
    async reopen(connection, request) {
      const before = await rowsOf(connection, request);
      const refused = await whyNotReopen(request, before, askOtherSide);
      if (refused) {
        logger.warn({ request, refused }, 'a reopening was asked for');
        return { rows: before, refused };
      }
      const reopened = await reopenBuckets(url, capability, request);
      const rows = reopened ?? (await rowsOf(connection, request));
      sayOwners(nats, capability, side, rows);
      logger.info({ request, rows }, 'a reopening was asked for');
      return { rows };
    },
  };
}
