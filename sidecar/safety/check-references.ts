import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import { quoteName } from '../connect-mysql.js';
import { readingsOf } from '../tokenize-sql.js';
import type { CheckedTable, ForeignKeyFacts, TriggerFacts } from './table-facts.js';

/** The log does not show the rows that a foreign key removes or changes, and the other side's copies would stay. */
export function checkForeignKeys({ facts: { table, foreignKeys } }: CheckedTable): UnsafeTable[] {
  return foreignKeys.filter(actsByItself).map((key) => ({
    table,
    problem:
      `its rows and those of ${key.table === table ? key.parent : key.table} are tied by the foreign key ${key.name} ` +
      `(ON DELETE ${key.onDelete}, ON UPDATE ${key.onUpdate}): the log does not show what it changes`,
    remedy: withoutActions(key),
  }));
}

function actsByItself({ onDelete, onUpdate }: ForeignKeyFacts): boolean {
  return [onDelete, onUpdate].some((rule) => /CASCADE|SET/i.test(rule));
}

function withoutActions({ name, table, columns, parent, parentColumns }: ForeignKeyFacts): string {
  const list = (names: readonly string[]): string => names.map(quoteName).join(', ');
  return (
    `remove those rows in the program, and: ALTER TABLE ${quoteName(table)} DROP FOREIGN KEY ${quoteName(name)}, ` +
    `ADD CONSTRAINT ${quoteName(`${name}_restrict`)} FOREIGN KEY (${list(columns)}) ` +
    `REFERENCES ${quoteName(parent)} (${list(parentColumns)})`
  );
}

/**
 * A trigger of a moved table runs for replicated rows, too. What it writes to moved tables would never leave this side, and
 * a row that it changes would differ from the other side's.
 */
export function checkTriggers({ facts: { table, triggers }, movedTables }: CheckedTable): UnsafeTable[] {
  return triggers.flatMap((trigger) => {
    const doing = whatItDoes(trigger, movedTables);
    if (doing === undefined) return [];
    return [
      {
        table,
        problem: `its trigger ${trigger.name} (${trigger.timing} ${trigger.event}) ${doing}`,
        remedy: `let the program do that, and: DROP TRIGGER ${quoteName(trigger.name)}`,
      },
    ];
  });
}

function whatItDoes({ body }: TriggerFacts, movedTables: readonly string[]): string | undefined {
  const words = readingsOf(body).flatMap((tokens) =>
    tokens.filter(({ kind }) => kind === 'word' || kind === 'name'),
  );
  const has = (...names: string[]): boolean =>
    words.some(({ kind, text }) => kind === 'word' && names.includes(text.toUpperCase()));
  const writes = has('INSERT', 'UPDATE', 'DELETE', 'REPLACE');
  const written = words.find(({ text }) =>
    movedTables.some((table) => table.toLowerCase() === text.toLowerCase()),
  );
  if (writes && written) return `writes ${written.text}, a table that is moved`;
  if (has('CALL')) return 'calls a procedure, which may write tables that are moved';
  return has('NEW') && setsNew(body) ? 'changes the row that is written' : undefined;
}

/** `SET NEW.column = ...`, also behind other assignments. */
function setsNew(body: string): boolean {
  return readingsOf(body).some((tokens) =>
    tokens.some(
      ({ text }, at) =>
        /^new$/i.test(text) &&
        tokens[at + 1]?.text === '.' &&
        (tokens[at + 3]?.text === '=' || (tokens[at + 3]?.text === ':' && tokens[at + 4]?.text === '=')) &&
        // A comparison stands behind WHERE, IF, AND ...: an assignment behind SET or a comma.
        /^(set|,)$/i.test(tokens[at - 1]?.text ?? ''),
    ),
  );
}
