/** Where a row lives, and who may own a key. */
export type Side = 'monolith' | 'service';

/** The side across from this one. */
export function otherSide(side: Side): Side {
  return side === 'monolith' ? 'service' : 'monolith';
}

/**
 * A column's value, exact: DECIMAL and temporal values are strings as the database writes them (UTC),
 * integers beyond 2^53 are decimal strings, binary and BIT values are buffers.
 */
export type Value = string | number | Buffer | null;

/** A row by column name. */
export type Row = Record<string, Value>;

/** How one table of a move looks on one side. */
export interface TableOnSide {
  table: string;
  /** Columns of the primary key. By position they correspond to the other side's, with equal values, types and collations. */
  key: readonly [string, ...string[]];
  /** Column that holds the key whose bucket decides who owns the row. */
  ownedBy: string;
}

/** One table of a capability on both sides, and the mapping between them: a row mapped there and back is the same. */
export interface MoveTable extends Record<Side, TableOnSide> {
  /** The columns that replication copies, by side. It neither reads nor writes any other. */
  columns: Record<Side, readonly string[]>;
  /**
   * Columns that one side has for itself. A column that is named neither here nor in `columns` stops replication until
   * it is, since its values would be missing at the other side.
   */
  ownColumns?: Partial<Record<Side, readonly string[]>>;
  /**
   * Why both sides never make the same id, for a table whose key does not contain the owning key, or whose ids the
   * database makes. `unique`: they are made so that no two are alike, such as UUIDs. Or each side makes only numbers that
   * leave the rest `offset` when divided by `increment`; a row with another number stops replication.
   */
  ids?: 'unique' | Record<Side, IdSequence>;
  /** Each column has an equal one on the other side, so no row can lose anything on its way. */
  copiesOnly?: boolean;
  toService(row: Row): Row;
  toMonolith(row: Row): Row;
}

/** As in the server's settings `auto_increment_increment` and `auto_increment_offset`. */
export interface IdSequence {
  column: string;
  increment: number;
  offset: number;
}

/** All that replication knows of a capability. */
export interface Move {
  capability: string;
  tables: readonly MoveTable[];
  /** What the monolith has of it besides, that does not travel; it matters when the monolith's part is retired. */
  leftBehind?: LeftBehind;
}

export interface LeftBehind {
  /** Tables that go with the others. */
  tables?: readonly string[];
  /** Work that the monolith must have ended before. */
  openWork?: readonly OpenWork[];
}

/** Something that can be begun and not ended. */
export interface OpenWork {
  /** As people call it: `messages that are being sent`. */
  what: string;
  /** SQL for the monolith's database that counts it as `count`. */
  sql: string;
}
