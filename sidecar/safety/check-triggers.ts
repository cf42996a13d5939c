import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import { quoteName } from '../database/connect-mysql.js';
import { readingsOf } from '../database/tokenize-sql.js';
import { type Followed, followTrigger } from './follow-trigger.js';
import type { CheckedTable, TriggerFacts } from './table-facts.js';

/**
 * A trigger of a moved table runs for replicated rows, too. What it writes to moved tables would never leave this side, and
 * a row that it changes would differ from the other side's.
 */
export function checkTriggers(checked: CheckedTable): UnsafeTable[] {
  const { table, triggers } = checked.facts;
  return triggers.flatMap((trigger) => {
    const doing =
      follow(checked, trigger).write ?? (setsNew(trigger) ? 'changes the row that is written' : undefined);
    if (doing === undefined) return [];
    return [
      {
        table,
        problem: `its trigger ${trigger.name} (${trigger.timing} ${trigger.event}) ${doing}`,
        remedy: `${readable(doing)}let the program do that, and: DROP TRIGGER ${quoteName(trigger.name)}`,
      },
    ];
  });
}

/** Names, in lower case, of all that the table's triggers reach. */
export function namesBehindTriggers(checked: CheckedTable): string[] {
  return checked.facts.triggers.flatMap((trigger) => [...follow(checked, trigger).names]);
}

function follow({ facts: { around }, movedTables }: CheckedTable, { body }: TriggerFacts): Followed {
  return followTrigger({ schema: around.schema, text: body }, { ...around, movedTables });
}

/** What lets this account see what it could not. */
function readable(doing: string): string {
  return /can't (read|see)$/.test(doing)
    ? 'GRANT TRIGGER, EXECUTE, SHOW VIEW there and SHOW_ROUTINE (MariaDB: SELECT ON mysql.proc) to the account; or '
    : '';
}

/** `SET NEW.column = ...`, also behind other assignments. */
function setsNew({ body }: TriggerFacts): boolean {
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
