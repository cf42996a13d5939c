import { planGuard, planGuardRemoval, runStatements } from '#platform/trigger-guard/change-guard.js';
import { scriptOf } from '#platform/trigger-guard/print-guard.js';
import type { Terminal } from '../output/terminal.js';
import { type GuardOptions, withGuard } from './with-guard.js';

/**
 * Brings the guard of a capability in place on one side, or prints what would.
 * @throws AppError `failed` with what is in the way, `not_reachable`
 */
export async function installGuard(
  capability: string,
  options: GuardOptions & { sidecarUser: string; print?: boolean },
  terminal: Terminal,
): Promise<void> {
  await withGuard(capability, options, async (connection, move) => {
    const { side, sidecarUser, print } = options;
    const { statements, others, exempt } = await planGuard(connection, { move, side, applier: sidecarUser });
    if (print) return terminal.print(scriptOf(statements, `guard of ${capability} on the ${side}: install`));
    for (const { name, table } of others)
      terminal.tell(`the trigger ${name} of ${table} is not ours: it stays as it is`);
    terminal.tell(exemptText(sidecarUser, exempt));
    if (statements.length === 0) return terminal.print(`${capability}: the guard is in place on the ${side}`);
    await runStatements(connection, statements, (what) => terminal.print(what));
    terminal.print(`${capability}: the guard is in place on the ${side} now`);
  });
}

/**
 * Takes the guard of a capability away, or prints what would.
 * @throws AppError `failed` where rows of the other side would be left without one, `not_reachable`
 */
export async function removeGuard(
  capability: string,
  options: GuardOptions & { unguarded?: boolean; print?: boolean },
  terminal: Terminal,
): Promise<void> {
  await withGuard(capability, options, async (connection, move) => {
    const { side, unguarded = false, print } = options;
    const statements = await planGuardRemoval(connection, { move, side }, unguarded);
    if (print) return terminal.print(scriptOf(statements, `guard of ${capability} on the ${side}: remove`));
    await runStatements(connection, statements, (what) => terminal.print(what));
    terminal.print(
      `${capability}: there is no guard on the ${side} ${statements.length > 0 ? 'any more' : ''}`.trim(),
    );
  });
}

/** Whose writes the guard lets by. */
export function exemptText(user: string, accounts: readonly string[] | undefined): string {
  if (accounts === undefined)
    return (
      `exempt is every account named ${user}; this account may not see which there are, nor whether one without a name lets ` +
      'clients choose theirs: look at SELECT user, host FROM mysql.user as an administrator'
    );
  return `exempt: ${accounts.join(', ')}`;
}
