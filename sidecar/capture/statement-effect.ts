/** The tables that a capability moves, on one side. */
export interface MovedTables {
  schema: string;
  /** Names of the columns that the move copies, by table. */
  columns: ReadonlyMap<string, readonly string[]>;
  /** Names, in lower case, of what their triggers write, call and read. */
  behindTriggers: ReadonlySet<string>;
}

/**
 * What a statement that is in the log as text did to a moved table. `changed`: rows, which the log does not show.
 * `redefined`: the table, whose rows are as before; whether it can still be replicated has to be looked at.
 */
export interface StatementEffect {
  kind: 'changed' | 'redefined';
  table: string;
}

/** A moved table that a statement names, and where. */
export interface NamedTable {
  table: string;
  /** Index of the token that names it, and of the first token of its qualified name. */
  at: number;
  from: number;
}
