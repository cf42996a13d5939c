import { ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import { findGateways } from '../gateways/find-gateways.js';
import { readStatuses } from '../gateways/read-statuses.js';
import { mergeStatuses } from '../status/merge-statuses.js';
import { noGateway } from '../status/show-status.js';
import type { Places } from '../system/locate-system.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { plainRow, textTable } from '../output/text-table.js';
import { flagState } from '../../flags/flag-state.js';
import { readFlag } from '../../flags/unleash-admin.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';

interface FlagRow {
  flag: string;
  endpoint: string;
  /** Percent; `null` where it isn't one number. */
  percent: number | null;
  stickiness: string | null;
  /** Why it is as it is: what was said with the last flip, or what keeps it from being one percentage. */
  reason: string;
}

/** Lists the flags of all endpoints that can be flipped, as they stand in Unleash. */
export async function listFlags(
  places: Places,
  access: UnleashAccess,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const found = await findGateways(places);
  const statuses = await readStatuses(found);
  if (statuses.answering.length === 0) throw noGateway(places, found, statuses);
  const { endpoints, capabilities } = mergeStatuses(statuses.answering.map(({ status }) => status));
  const flags = [
    ...endpoints.flatMap(({ flag, endpoint }) => (flag === null ? [] : [{ flag, endpoint }])),
    ...capabilities.flatMap(({ capability, owners }) =>
      owners === null ? [] : [{ flag: ownershipGroup(capability), endpoint: '(ownership)' }],
    ),
  ];
  const rows = await Promise.all(flags.map(({ flag, endpoint }) => describeFlag(access, flag, endpoint)));
  if (json) return printJson(terminal, rows);
  terminal.print(
    textTable([plainRow('FLAG', 'ENDPOINT', 'SHARE', 'STICKS TO', 'REASON'), ...rows.map(toCells)]),
  );
}

async function describeFlag(access: UnleashAccess, name: string, endpoint: string): Promise<FlagRow> {
  const row = { flag: name, endpoint, stickiness: null };
  const flag = await readFlag(access, name);
  if (!flag) return { ...row, percent: 0, reason: 'no such flag yet: the first flip creates it' };
  const state = flagState(flag, access.environment);
  if (state.kind === 'other') return { ...row, percent: null, reason: `the flag ${state.why}` };
  if (!state.enabled) return { ...row, percent: 0, reason: 'disabled' };
  if (state.kind === 'empty') return { ...row, percent: 0, reason: 'the flag has no strategy' };
  return { ...row, percent: state.percent, stickiness: state.stickiness, reason: state.reason };
}

function toCells({ flag, endpoint, percent, stickiness, reason }: FlagRow) {
  return plainRow(flag, endpoint, percent === null ? '-' : `${percent} %`, stickiness ?? '-', reason);
}
