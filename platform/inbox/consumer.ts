import type { Sequelize, Transaction } from 'sequelize';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';

/** Somebody who does something about events. */
export interface Consumer {
  /** Known to the inbox, and to whoever replays its dead letters: letters, digits, dashes. */
  name: string;
  /** What it wants to know of. */
  types: readonly string[];
  /**
   * Does what follows from an event, in the transaction that notes it as handled. Events of one key come in their order,
   * except around a hand-over, after a loss of the broker, and behind one that was put aside: `isLater` tells.
   * @throws anything: then it is tried again, and put aside in the end
   */
  handle(event: DomainEvent, transaction: Transaction): Promise<void>;
  /**
   * The same for several events at once. Only a consumer has it for which handling an event again changes nothing: an event is handled then
   * whenever it comes.
   */
  handleTogether?(events: readonly DomainEvent[], transaction: Transaction): Promise<void>;
  /**
   * Repairs what the consumer lacks since the stream has dropped events that it had not seen. Called once for each loss, and
   * again where it has failed; without it, a person has to.
   * @param events how many, wanted or not
   */
  onMissed?(events: number): Promise<void>;
}

/** What consuming works with. */
export interface ConsumerWork {
  database: Sequelize;
  consumer: Consumer;
  /** Times that an event is tried before it is put aside. */
  tries: number;
  /** Milliseconds before the first repetition; doubled with each. */
  firstPauseMs: number;
}
