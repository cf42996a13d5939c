import type { LastTransaction } from '#contracts/strangler/change-message.js';
import type { BinlogHandlers } from './read-binlog.js';
import { SourceWentBack } from './went-back.js';

/** What a reading knows of the place that it begins at. */
export interface ExpectedLast {
  schema: string;
  move: { capability: string };
  gtid: string;
  last: LastTransaction | null;
}

/**
 * Passes over the last transaction before a reading's place, and checks that it is the one that is known. A database that
 * has gone back gives the same GTIDs to other transactions, which would be taken for known ones.
 */
export function expectLast(
  { schema, move, gtid: expected, last }: ExpectedLast,
  onEvent: () => void,
  handlers: BinlogHandlers,
): BinlogHandlers {
  if (last === null) return handlers;
  let met = false;
  const once =
    <Arguments extends unknown[]>(handler: (...args: Arguments) => void) =>
    (...args: Arguments): void => {
      if (met) handler(...args);
      else onEvent();
    };
  return {
    onRows: once(handlers.onRows),
    onStatement: once(handlers.onStatement),
    onSavepoint: once(handlers.onSavepoint),
    onRollbackTo: once(handlers.onRollbackTo),
    onRollback: once(handlers.onRollback),
    onPrepare: once(handlers.onPrepare),
    onEnd: handlers.onEnd,
    onCommit(gtid, found, loggedAt) {
      if (met) return handlers.onCommit(gtid, found, loggedAt);
      onEvent();
      // Places of an earlier version have the log's time of a heartbeat, too.
      const isKnown = [found.committedAt, loggedAt].includes(last.committedAt);
      if (gtid !== expected || !isKnown) {
        throw new SourceWentBack(
          schema,
          move.capability,
          `its transaction ${gtid} was committed at ${text(found)}, the one that the replica has was ${expected} at ${text(last)}`,
        );
      }
      met = true;
    },
  };
}

function text({ committedAt }: LastTransaction): string {
  return new Date(committedAt).toISOString();
}
