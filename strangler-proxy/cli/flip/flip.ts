import { descriptionOf } from '../flags/ensure-flags.js';
import { flagState } from '../../flags/flag-state.js';
import { setRollOut } from '../../flags/set-roll-out.js';
import { readFlag } from '../../flags/unleash-admin.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';
import { notConfirmed, wrongUsage } from '../output/exit-codes.js';
import { findGateways } from '../gateways/find-gateways.js';
import { readStatuses } from '../gateways/read-statuses.js';
import { mergeStatuses } from '../status/merge-statuses.js';
import { noGateway } from '../status/show-status.js';
import type { Places } from '../system/locate-system.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { changeText, missingText, type Target } from './flip-text.js';
import { resolveEndpoint } from './resolve-endpoint.js';
import { waitUntilActedOn } from './wait-until-acted-on.js';

export interface FlipOptions {
  reason: string;
  /** Who flips, for the flag's history. */
  by: string;
  stickiness?: string;
  replace?: boolean;
  /** Longest wait for the gateways, in seconds. */
  timeout: number;
  json?: boolean;
}

/**
 * Sends a share of an endpoint's requests to the service, and waits until every gateway does so.
 * @param wanted `endpoint` is its flag, or its method and path
 * @throws AppError `not_confirmed` when the flag is set and a gateway doesn't act on it in time
 */
export async function flip(
  places: Places,
  access: UnleashAccess,
  wanted: { endpoint: string; percent: number },
  options: FlipOptions,
  terminal: Terminal,
): Promise<void> {
  const { percent } = wanted;
  const target = await findTarget(places, access, wanted.endpoint, terminal);
  const change = await setRollOut(access, {
    flag: target.flag,
    percent,
    stickiness: options.stickiness,
    newStickiness: target.stickiness,
    reason: `${options.reason} (${options.by})`,
    description: target.endpoint ? descriptionOf(target.endpoint) : '',
    replace: Boolean(options.replace),
  });
  if (terminal.interactive) terminal.tell('waiting for the gateways ...');
  const expected = { flag: target.flag, percent, stickiness: change.stickiness };
  // Without Unleash nobody can say; what the gateways tell still counts.
  const superseded = () => isSuperseded(access, expected).catch(() => false);
  const confirmation = await waitUntilActedOn(places, expected, options.timeout * 1000, superseded);
  if (options.json)
    printJson(terminal, { ...target, ...change, reason: options.reason, by: options.by, ...confirmation });
  else terminal.print(changeText(target, change, confirmation));
  if (confirmation.missing.length > 0 || confirmation.acting.length === 0) {
    throw notConfirmed(missingText(target.flag, change, confirmation, await superseded()));
  }
}

/** Without any gateway a flag that exists can still be changed: whoever has to send traffic back must be able to. */
async function findTarget(
  places: Places,
  access: UnleashAccess,
  named: string,
  terminal: Terminal,
): Promise<Target> {
  const found = await findGateways(places);
  if (found.warning) terminal.tell(`! ${found.warning}`);
  const statuses = await readStatuses(found);
  if (statuses.answering.length > 0) {
    const all = statuses.answering.map(({ status }) => status);
    const { flag, endpoint } = resolveEndpoint(named, mergeStatuses(all).endpoints);
    const told = all.flatMap(({ endpoints }) => endpoints).find((one) => one.flag === flag);
    return { flag, endpoint, stickiness: told?.stickiness ?? 'random' };
  }
  if (await readFlag(access, named)) return { flag: named, endpoint: null, stickiness: 'random' };
  throw noGateway(places, found, statuses);
}

async function isSuperseded(
  access: UnleashAccess,
  expected: { flag: string; percent: number; stickiness: string },
): Promise<boolean> {
  const flag = await readFlag(access, expected.flag);
  if (!flag) return true;
  const state = flagState(flag, access.environment);
  return !(
    state.kind === 'roll-out' &&
    state.enabled &&
    state.percent === expected.percent &&
    state.stickiness === expected.stickiness
  );
}

/** @throws AppError `wrong_usage` */
export function readPercent(text: string): number {
  const percent = Number(text.replace(/\s*%$/, ''));
  if (text.trim() !== '' && Number.isInteger(percent) && percent >= 0 && percent <= 100) return percent;
  throw wrongUsage(`"${text}" is no percentage: give a whole number from 0 to 100.`);
}
