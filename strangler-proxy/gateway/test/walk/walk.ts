import { setTimeout as pause } from 'node:timers/promises';
import { clientGone } from '../../forward/what-failures-say.js';
import { wideMs } from '../../../../tests/support/wide-limits.js';
import { ask } from '../support/http-client.js';
import { faultyClient, type FaultyUpstream, faultyUpstream } from './faulty-peers.js';
import { type GatewayProcess, type Plant, startGatewayProcess } from './gateway-process.js';
import { nameOf, planExchanges, type PlannedExchange } from './plan.js';

export interface WalkOptions {
  seed: number;
  /** Stops after so many exchanges, or after so many milliseconds, whichever is later. */
  exchanges: number;
  time: number;
  /** A mistake in the gateway that the walk must find. */
  plant?: Plant;
  /** How long an exchange may take to end, in milliseconds. */
  patience?: number;
  /** Told now and then how far it is. */
  say?: (line: string) => void;
}

export interface WalkReport {
  exchanges: number;
  /** Of those, how many have reached the upstream. */
  reached: number;
  /** What the gateway said last, if it has died. */
  died: string | undefined;
  /** Exchanges that ended only because their client left, or without exactly one line in the log. */
  withoutEnd: string[];
  /** Requests of others that were answered meanwhile, and what the last one got if that was no answer. */
  served: number;
  notServed: string | undefined;
  /** What the metrics counted, and what the log did. */
  counted: { exchanges: number; unreadable: number; caught: number };
  logged: { exchanges: number; unreadable: number };
  /** Connections to the upstream that are left when all is over. */
  left: number;
}

/** Exchanges under way at a time. */
const atOnce = 80;

/** Bytes of a request that no buffer holds up. */
const smallRequest = 10_000;

/** A client that neither sends nor reads does not see its connection being closed: so long it stays, in milliseconds. */
const silentFor = 4_000;

/** Injects one fault after the other at bytes of requests and answers, and looks at what becomes of the gateway. */
export async function walk(options: WalkOptions): Promise<WalkReport> {
  const { exchanges, time, patience = wideMs } = options;
  const planned = planExchanges(options.seed);
  const plans = new Map<number, PlannedExchange>();
  const upstream = await faultyUpstream((id) => plans.get(id));
  const gateway = await startGatewayProcess(upstream.url, options.plant);
  const report = {
    exchanges: 0,
    served: 0,
    withoutEnd: [] as string[],
    notServed: undefined as string | undefined,
  };
  const until = Date.now() + time;
  const found = () => report.notServed !== undefined || (options.plant && report.withoutEnd.length > 0);
  while (gateway.alive() && !found() && (report.exchanges < exchanges || Date.now() < until)) {
    const batch = Array.from({ length: atOnce }, () => planned.next().value);
    report.exchanges += batch.length;
    for (const plan of batch) plans.set(plan.id, plan);
    const ended = await Promise.all(batch.map((plan) => exchange(gateway, upstream, plan, patience)));
    const hung = batch.filter((_, at) => gateway.alive() && !ended[at]);
    report.withoutEnd.push(...hung.map((plan) => `${nameOf(plan)} (until its client left)`));
    report.notServed = gateway.alive() ? await probe(gateway, patience) : undefined;
    report.served += 1;
    if (report.exchanges % (atOnce * 100) === 0) options.say?.(`${report.exchanges} exchanges`);
    report.withoutEnd.push(...(await withoutEnd(gateway, upstream, batch, patience)));
  }
  const counted = gateway.alive() ? await countedBy(gateway) : { exchanges: 0, unreadable: 0, caught: 0 };
  const died = gateway.alive() ? undefined : gateway.lastWords();
  const logged = {
    exchanges: [...gateway.lines.values()].reduce((sum, lines) => sum + lines.length, 0),
    unreadable: gateway.unreadable(),
  };
  upstream.wake();
  await untilNone(() => upstream.open.size, patience);
  const left = upstream.open.size;
  await gateway.end();
  upstream.close();
  return { ...report, reached: upstream.seen.size, died, counted, logged, left };
}

/** Plays an exchange until both sides can know its end. @returns false where the gateway did not end it */
async function exchange(
  gateway: GatewayProcess,
  upstream: FaultyUpstream,
  plan: PlannedExchange,
  patience: number,
): Promise<boolean> {
  const client = faultyClient(gateway.url, plan);
  const logged = () => gateway.lines.has(`/walk/${plan.id}`);
  // A WebSocket that is open is left open by the gateway: somebody has to end it.
  const open = () =>
    client.received().startsWith('HTTP/1.1 101') || (plan.request.upgrades && upstream.seen.has(plan.id));
  const silent = plan.by === 'client' && plan.fault === 'silence';
  const deadline = Date.now() + (silent ? Math.min(silentFor, patience) : patience);
  let over = false;
  while (!over && gateway.alive() && Date.now() < deadline) {
    await pause(20);
    const left = open();
    if (left) await pause(700);
    over = left || client.over() || logged();
  }
  client.leave();
  return over || silent;
}

/** @returns what was wrong with the answer that another client got, if something was */
async function probe(gateway: GatewayProcess, patience: number): Promise<string | undefined> {
  let wrong = '';
  const deadline = Date.now() + patience;
  while (gateway.alive() && (wrong === '' || Date.now() < deadline)) {
    const { status, body } = await ask(`${gateway.url}/probe`).catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    if (status === 200) return undefined;
    wrong = `${status} ${body}`;
    // A machine that is busy may be late.
    await pause(500);
  }
  return gateway.alive() ? wrong : undefined;
}

/** Its client does nothing wrong, and has sent all: only a mistake of the gateway's makes it wait until its connection is idle for too long. */
function clientStays({ by, fault, request }: PlannedExchange): boolean {
  return (
    (by === 'upstream' || fault === 'none') &&
    !request.upgrades &&
    !request.asksFirst &&
    request.text.length < smallRequest
  );
}

/**
 * Those that have reached the upstream, so that there is an exchange, and have no line; those with two; and those whose client
 * is said to be gone, and was not.
 */
async function withoutEnd(
  gateway: GatewayProcess,
  upstream: FaultyUpstream,
  batch: readonly PlannedExchange[],
  patience: number,
): Promise<string[]> {
  const linesOf = ({ id }: PlannedExchange) => gateway.lines.get(`/walk/${id}`) ?? [];
  const open = () => batch.filter((plan) => upstream.seen.has(plan.id) && linesOf(plan).length === 0);
  const deadline = Date.now() + patience;
  while (open().length > 0 && gateway.alive() && Date.now() < deadline) await pause(20);
  if (!gateway.alive()) return [];
  const wrong = (plan: PlannedExchange) =>
    linesOf(plan).length > 1 || (linesOf(plan).includes(clientGone) && clientStays(plan));
  return [...open(), ...batch.filter(wrong)].map(
    (plan) => `${nameOf(plan)} (in the log: ${linesOf(plan).join() || 'nothing'})`,
  );
}

/** What the gateway's own metrics say; asked until the log, which is written late, has as much. */
async function countedBy(gateway: GatewayProcess): Promise<WalkReport['counted']> {
  await pause(1_500);
  const { body } = await ask(`${gateway.adminUrl}/metrics`);
  const sum = (name: string) =>
    [...body.matchAll(new RegExp(`^strangler_${name}(?:{[^}]*})? (\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    exchanges: sum('gateway_requests_total') + sum('gateway_aborted_total') + sum('gateway_upgrades_total'),
    unreadable: sum('gateway_unreadable_total'),
    caught: sum('caught_errors_total'),
  };
}

/** Waits until nothing is left, or for long. */
async function untilNone(left: () => number, patience: number): Promise<void> {
  const deadline = Date.now() + patience;
  while (left() > 0 && Date.now() < deadline) await pause(50);
}
