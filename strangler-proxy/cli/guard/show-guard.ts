import { AppError } from '#platform/errors/app-error.js';
import { guardStatus, type GuardStatus, isGuarded } from '#platform/trigger-guard/change-guard.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { plainRow, textTable } from '../output/text-table.js';
import { exemptText } from './install-guard.js';
import { type GuardOptions, withGuard } from './with-guard.js';

/**
 * Shows how the guard of a capability stands on one side.
 * @throws AppError `failed` when it is not in place, `not_reachable`
 */
export async function showGuard(
  capability: string,
  options: GuardOptions & { sidecarUser?: string; json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { side, sidecarUser, json } = options;
  const status = await withGuard(capability, options, (connection, move) =>
    guardStatus(connection, { move, side, applier: sidecarUser }),
  );
  const guarded = isGuarded(status);
  if (json) printJson(terminal, { capability, side, guarded, ...asJson(status) });
  else terminal.print(statusText(status));
  if (!guarded)
    throw new AppError(
      'failed',
      `The guard of ${capability} is not in place on the ${side}: "strangler guard install ${capability} --side ${side}" puts it right.`,
    );
}

function asJson({ triggers, others, ...status }: GuardStatus): object {
  return {
    ...status,
    triggers: triggers.map(({ found, ...one }) => ({ ...one, names: found.map(({ name }) => name) })),
    others: others.map(({ name, table, event, timing }) => ({ name, table, event, timing })),
  };
}

function statusText({ applier, exempt, function: state, triggers, others, problems }: GuardStatus): string {
  const rows = triggers.map(({ table, timing, event, state: one, found, behind }) =>
    plainRow(
      table,
      `${timing} ${event}`,
      one === 'overtaken' ? `overtaken: ${behind.join(', ')} runs behind it and may change the row` : one,
      found.map(({ name, definer }) => `${name}, by ${definer}`).join('; '),
    ),
  );
  return [
    textTable([plainRow('TABLE', 'TRIGGER', 'STATE', 'NAME'), ...rows]),
    '',
    `the function that computes buckets: ${state}`,
    ...others.map(
      ({ name, table, timing, event }) =>
        `not ours: ${name}, ${timing} ${event} of ${table}; it stays as it is`,
    ),
    ...(applier === undefined ? [] : [exemptText(applier, exempt)]),
    ...problems,
  ].join('\n');
}
