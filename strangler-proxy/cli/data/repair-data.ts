import { AppError } from '#platform/errors/app-error.js';
import { count, describeResult } from '../../control/verify/describe-result.js';
import { verifyCapability } from '../../control/verify/verify-capability.js';
import type { Difference, VerifyResult } from '../../control/verify/verify-result.js';
import { notReachable } from '../output/exit-codes.js';
import type { Places } from '../system/locate-system.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { differenceTable, keysInOtherForm } from './difference-table.js';
import { lookAtReplication } from './look-at-replication.js';
import { planRepair, type Trouble } from './plan-repair.js';
import { lookUntilFree, mendReplicas, type Repair, takeStep } from './repair-steps.js';
import { replicationText } from './replication-text.js';
import { withSidecars } from './with-sidecars.js';

export interface RepairOptions {
  /** Only say what is wrong, and what would be done. */
  dryRun?: boolean;
  /** Do it. */
  yes?: boolean;
  /** Also remove rows that only a replica has. */
  removeExtra?: boolean;
  json?: boolean;
}

/** All that a repair has found and done. */
interface Repaired {
  capability: string;
  /** What was in the way of changes, at the beginning. */
  troubles: Trouble[];
  /** What still is. */
  left: Trouble[];
  /** Rows that were wrong before; null where nobody could look. */
  before: VerifyResult | null;
  /** The same after mending; null where nothing was mended. */
  after: VerifyResult | null;
  /** Rows that could not be mended. */
  unmended: Difference[];
}

/**
 * Finds out what keeps the replicas of a capability from being what their owners are, says so, and mends it when it may.
 * The owner's rows are never touched.
 * @throws AppError `failed` when something is wrong still, `not_reachable` when not everything could be looked at
 */
export async function repairData(
  places: Places,
  capability: string,
  options: RepairOptions,
  terminal: Terminal,
  whenAskedToEnd: () => AbortSignal,
): Promise<void> {
  const signal = whenAskedToEnd();
  await withSidecars(places, async (nats) => {
    const removeExtra = Boolean(options.removeExtra);
    const repair: Repair = { nats, capability, terminal: quietFor(options, terminal), signal, removeExtra };
    const may = Boolean(options.yes) && !options.dryRun;
    const repaired = await repairAll(repair, may);
    if (options.json) printJson(terminal, repaired);
    conclude(repaired, may);
  });
}

/** With `--json` the result is all that goes to standard output. */
function quietFor({ json }: RepairOptions, terminal: Terminal): Terminal {
  return json ? { ...terminal, print: () => undefined } : terminal;
}

async function repairAll(repair: Repair, may: boolean): Promise<Repaired> {
  const { terminal, nats, capability } = repair;
  let view = await lookAtReplication(nats, capability);
  terminal.print(replicationText(view));
  const troubles = planRepair(view);
  tellTroubles(terminal, troubles, may);
  if (may && troubles.some(({ step }) => step !== null)) {
    for (const { step } of troubles) if (step) await takeStep(repair, step);
    view = await lookUntilFree(repair);
    terminal.print(`\n${replicationText(view)}`);
  }
  const left = planRepair(view);
  const repaired: Repaired = { capability, troubles, left, before: null, after: null, unmended: [] };
  // Through a way that is not free nothing can be compared, nor mended.
  return left.length > 0 ? repaired : compareAndMend(repair, repaired, may);
}

function tellTroubles({ print, colours }: Terminal, troubles: readonly Trouble[], may: boolean): void {
  for (const { what, mend, step } of troubles) {
    print(`\n${colours.red(`! ${what}`)}`);
    print(step === null ? `  to do: ${mend}` : `  ${may ? 'doing this' : 'with --yes this'}: ${mend}`);
  }
}

async function compareAndMend(repair: Repair, repaired: Repaired, may: boolean): Promise<Repaired> {
  const { terminal } = repair;
  const before = await verify(repair);
  terminal.print(`\nrows: ${describeResult(before)}`);
  if (before.differences.length === 0) return { ...repaired, before };
  terminal.print(differenceTable(before.differences, terminal.colours));
  for (const line of keysInOtherForm(before.differences)) terminal.print(`! ${line}`);
  terminal.print(`  ${may ? 'doing this' : 'with --yes this'}: ${planText(before)}`);
  if (!may) return { ...repaired, before };
  const unmended = await mendReplicas(repair, before);
  if (unmended.length > 0) terminal.print(`\nnot mended:\n${differenceTable(unmended, terminal.colours)}`);
  const after = await verify(repair);
  terminal.print(`\nrows now: ${describeResult(after)}`);
  return { ...repaired, before, after, unmended };
}

async function verify({ nats, capability, terminal, signal }: Repair): Promise<VerifyResult> {
  const result = await verifyCapability({
    nats,
    capability,
    signal,
    onProgress: ({ table, rows, rowsPerSecond }) =>
      terminal.progress(`comparing ${table}: ${rows} rows, ${rowsPerSecond} rows/s`),
  });
  terminal.progress('');
  return result;
}

function planText({ differences, more }: VerifyResult): string {
  if (more)
    return 'fill the replica anew, since more rows are wrong than are listed; it goes on being used and kept current meanwhile';
  return `have the owner send ${differences.length === 1 ? 'this row' : `these ${differences.length} rows`} again through the stream, and make the replica's the same; the owner's stay as they are`;
}

/** @throws AppError unless all is well */
function conclude({ capability, left, before, after, unmended }: Repaired, may: boolean): void {
  const hint = `Nothing was changed. To do it: npx strangler data repair ${capability} --yes`;
  if (left.length > 0) {
    const [byMachine] = left.filter(({ step }) => step !== null);
    throw new AppError(
      'failed',
      byMachine && !may
        ? hint
        : `${count(left.length, 'thing')} ${left.length === 1 ? 'is' : 'are'} in the way of ${capability}'s changes, see above: rows can be compared when the way is free.`,
    );
  }
  const last = after ?? before;
  if (last?.outcome === 'different')
    throw new AppError(
      'failed',
      may ? `${describeResult(last)} still, ${unmended.length} of them refused, see above.` : hint,
    );
  if (last?.outcome === 'unknown') throw notReachable(`${capability} ${describeResult(last)}.`);
}
