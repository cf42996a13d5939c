import type { Transaction } from 'sequelize';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';

/**
 * Something to read that is built from events. It may be built several times side by side: each build has a number, and
 * rows of its own.
 */
export interface Projection {
  /** Its consumer's name, too. */
  name: string;
  /** The events that it is built from. */
  types: readonly string[];
  /** Writes down what events mean for one build. They may come in any order, and any number of times. */
  apply(events: readonly DomainEvent[], build: number, transaction: Transaction): Promise<void>;
  /** Where a build finds what happened before the oldest event that the stream still has. */
  sources: readonly Source[];
  /** Deletes up to so many rows of builds with lower numbers. @returns how many */
  clear(before: number, limit: number): Promise<number>;
}

/** Data of a capability, read from its first piece to its last. */
export interface Source {
  name: string;
  /** How much there is to read, more or less. */
  size(): Promise<number>;
  /**
   * Reads a piece. It may be older or newer than events that are known: writing it must do no harm to those.
   * @param after where the piece before it ended
   * @returns undefined behind the last one
   */
  read(after: string | undefined): Promise<Piece | undefined>;
  /** The same, less what this build has. Only for sources that hold what no event has told of. */
  readMissing?(after: string | undefined, build: number): Promise<Piece | undefined>;
}

export interface Piece {
  /** Where it ends. */
  after: string;
  size: number;
  write(build: number, transaction: Transaction): Promise<void>;
}
