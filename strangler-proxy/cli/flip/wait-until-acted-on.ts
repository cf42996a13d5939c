import { setTimeout as sleep } from 'node:timers/promises';
import type { WantedShare } from '#contracts/strangler/gateway-status.js';
import { findGateways } from '../gateways/find-gateways.js';
import { readStatuses, type Statuses } from '../gateways/read-statuses.js';
import type { Places } from '../system/locate-system.js';

/** What the gateways should act on. */
export interface ExpectedShare {
  flag: string;
  percent: number;
  stickiness: string;
}

/** What came of waiting. */
export interface Confirmation {
  /** Gateways that act on it, by id. */
  acting: string[];
  /** Those that don't, or can't be asked, with what they do instead. */
  missing: { gateway: string; why: string }[];
  seconds: number;
}

/** Milliseconds between two looks. */
const lookEvery = 250;

/**
 * Waits until every gateway that has the endpoint says it acts on the share.
 * @param patience milliseconds
 * @param superseded says whether somebody has changed the flag meanwhile: then there is nothing to wait for
 */
export async function waitUntilActedOn(
  places: Places,
  expected: ExpectedShare,
  patience: number,
  superseded: () => Promise<boolean>,
): Promise<Confirmation> {
  const began = performance.now();
  for (;;) {
    const { acting, missing } = judge(await readStatuses(await findGateways(places)), expected);
    const waited = performance.now() - began;
    const everybody = missing.length === 0 && acting.length > 0;
    if (everybody || waited > patience || (await superseded()))
      return { acting, missing, seconds: waited / 1000 };
    await sleep(lookEvery);
  }
}

/** Who acts on it already, and what the others do. */
function judge(
  { answering, silent }: Statuses,
  expected: ExpectedShare,
): Pick<Confirmation, 'acting' | 'missing'> {
  const acting: string[] = [];
  const missing = silent.map(({ adminUrl, why }) => ({ gateway: adminUrl, why }));
  for (const { status } of answering) {
    const endpoint = status.endpoints.find(({ flag }) => flag === expected.flag);
    // A gateway with another configuration has nothing to confirm.
    if (!endpoint) continue;
    if (actsOn(endpoint.wanted, expected)) acting.push(status.gateway);
    else missing.push({ gateway: status.gateway, why: describe(endpoint.wanted) });
  }
  return { acting, missing };
}

function actsOn(wanted: WantedShare, { percent, stickiness }: ExpectedShare): boolean {
  return wanted.by === 'compiled' && wanted.percent === percent && wanted.stickiness === stickiness;
}

function describe({ by, percent, stickiness, reason }: WantedShare): string {
  if (by === 'off') return 'acts as if the flag was off';
  if (by === 'per-request') return `decides for each request: ${reason ?? 'the flag has another shape'}`;
  return `acts on ${percent} %, sticking to ${stickiness}`;
}
