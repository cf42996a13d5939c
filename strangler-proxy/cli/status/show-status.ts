import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#platform/telemetry/message-of.js';
import { notReachable } from '../output/exit-codes.js';
import { findGateways, type FoundGateways } from '../gateways/find-gateways.js';
import { readStatuses, type Statuses } from '../gateways/read-statuses.js';
import type { Places } from '../system/locate-system.js';
import { ownershipConcerns } from '../control/ownership-concerns.js';
import { withoutSystem } from '../system/without-system.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { completionLooks } from '../control/completion-looks.js';
import { type MonolithShare, monolithShare } from './monolith-share.js';
import { type MergedStatus, mergeStatuses } from './merge-statuses.js';
import { concerns } from './concerns.js';
import { growthConcerns } from './growth-concerns.js';
import { replicationConcerns } from './replication-concerns.js';
import { statusText } from './status-text.js';

export interface StatusOptions {
  json?: boolean;
  all?: boolean;
  watch?: boolean;
  /** Seconds between two looks of `watch`. */
  interval: number;
}

/**
 * Shows what the gateways do, once or again and again.
 * @param whenAskedToEnd gives what ends watching
 * @throws AppError `not_reachable` when no gateway answers; while watching it is told, and looked again
 */
export async function showStatus(
  places: Places,
  options: StatusOptions,
  terminal: Terminal,
  whenAskedToEnd: () => AbortSignal,
): Promise<void> {
  if (!options.watch) return showOnce(places, options, terminal);
  const signal = whenAskedToEnd();
  while (!signal.aborted) {
    const text = await screen(places, options, terminal);
    // Home, then clear what is below: no flicker, as clearing first would.
    terminal.print(terminal.interactive && !options.json ? `\u001b[H\u001b[J${text}` : text);
    await sleep(options.interval * 1000, undefined, { signal }).catch(() => undefined);
  }
}

async function showOnce(places: Places, options: StatusOptions, terminal: Terminal): Promise<void> {
  const { merged, statuses, ownership, monolith, warning } = await look(places);
  if (warning) terminal.tell(terminal.colours.yellow(`! ${warning}`));
  if (options.json) return printJson(terminal, jsonOf(merged, statuses, ownership, monolith));
  terminal.print(
    statusText(merged, statuses, { ownership, monolith }, Boolean(options.all), terminal.colours),
  );
}

async function screen(places: Places, options: StatusOptions, terminal: Terminal): Promise<string> {
  const now = new Date().toISOString();
  try {
    const { merged, statuses, ownership, monolith, warning } = await look(places);
    if (options.json) return JSON.stringify({ at: now, ...jsonOf(merged, statuses, ownership, monolith) });
    const text = statusText(
      merged,
      statuses,
      { ownership, monolith },
      Boolean(options.all),
      terminal.colours,
    );
    return [
      `${now}   every ${options.interval} s, Ctrl-C ends`,
      '',
      text,
      ...(warning ? [`! ${warning}`] : []),
      '',
    ].join('\n');
  } catch (error) {
    const message = messageOf(error);
    return options.json ? JSON.stringify({ at: now, error: message }) : `${now}   ${message}`;
  }
}

interface Look {
  merged: MergedStatus;
  statuses: Statuses;
  /** What the control plane is concerned about, what stops replication, and what grows too large. */
  ownership: string[];
  monolith: MonolithShare;
  warning: string | undefined;
}

async function look(places: Places): Promise<Look> {
  const [found, ownership, looks, growth] = await Promise.all([
    findGateways(places),
    ownershipConcerns(places),
    completionLooks(places),
    growthConcerns(places),
  ]);
  const statuses = await readStatuses(found);
  if (statuses.answering.length === 0) throw noGateway(places, found, statuses);
  const merged = mergeStatuses(statuses.answering.map(({ status }) => status));
  const moved = merged.capabilities.filter(({ upstreams }) => upstreams.service !== null);
  const replication = await replicationConcerns(
    places,
    moved.map(({ capability }) => capability),
  );
  return {
    ...{ merged, statuses, ownership: [...ownership, ...replication, ...growth] },
    monolith: monolithShare(merged, looks),
    warning: found.warning,
  };
}

/** No gateway answers: says what was tried, and what to do. */
export function noGateway(
  { dataDir, found }: Places,
  { warning }: FoundGateways,
  { silent }: Statuses,
): Error {
  const tried = silent.map(({ adminUrl, why }) => `\n  ${adminUrl} ${why}`).join('');
  const advice = found
    ? `Is the system of ${dataDir} running? "npx strangler ps" shows it, "npm start" starts it.`
    : `${withoutSystem(dataDir)} A single gateway can be named with --gateway-admin.`;
  return notReachable(`No gateway answers.${tried}${warning ? `\n  ${warning}` : ''}\n${advice}`);
}

/** The status for programs. */
function jsonOf(
  merged: MergedStatus,
  statuses: Statuses,
  ownership: readonly string[],
  monolith: MonolithShare,
): object {
  return {
    ...merged,
    gateways: statuses.answering.map(({ status }) => status),
    silent: statuses.silent,
    monolith,
    concerns: [...concerns(merged, statuses), ...ownership],
  };
}
