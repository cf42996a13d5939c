import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import type { Connection } from '../database/connect-mysql.js';
import type { AppliedState } from '../state/applied-state.js';
import { applyMessages, type Outcome } from './apply-messages.js';

/** A replica, and where it is by its own database. */
export interface Replica {
  /** It is where the database says. */
  isAt(state: AppliedState): void;
  /**
   * Applies messages that follow on `state`. The place is written down with them; while nothing but heartbeats comes, every few seconds
   * only, since each would cost a commit of its own.
   * @throws as `applyMessages`
   */
  apply(
    state: AppliedState,
    messages: readonly [ChangeMessage, ...ChangeMessage[]],
    log: { createdAt: string; sequence: number },
    oneByOne: boolean,
  ): Promise<Outcome>;
}

/**
 * Longest that a place is not written down, in milliseconds. Whoever begins anew at the older place is told the same
 * heartbeats again; the source's log must reach back that far.
 */
const unwritten = 5_000;

export function keepReplica(
  connection: Connection,
  move: Move,
  side: Side,
  { position }: AppliedState,
): Replica {
  /** Behind the state's by heartbeats at most. */
  let written = { position, at: performance.now() };
  return {
    isAt: (state) => (written = { position: state.position, at: performance.now() }),
    async apply(state, messages, log, oneByOne) {
      if (onlyBeats(messages) && performance.now() - written.at < unwritten)
        return { granted: [], reports: [] };
      const from = { ...state, position: written.position };
      const outcome = await applyMessages(connection, move, side, from, messages, log, oneByOne);
      written = { position: (messages.at(-1) ?? messages[0]).position, at: performance.now() };
      return outcome;
    },
  };
}

/** They say that nothing has changed. */
function onlyBeats(messages: readonly ChangeMessage[]): boolean {
  return messages.every(
    ({ changes, signals, last }) =>
      last && changes.length === 0 && signals.every(({ kind }) => kind === 'heartbeat'),
  );
}
