import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReplaySummary } from '../../../legacy-monolith/replay/run-replay.js';
import type { ShopSystem } from './shop-system.js';

const realOrders = fileURLToPath(
  new URL('../../../../shared/data/online-retail-2010-12.csv.gz', import.meta.url),
);
const sampleOrders = fileURLToPath(
  new URL('../../../legacy-monolith/import/sample/sample-orders.csv', import.meta.url),
);

/** Real trading data where it is at hand, else the small file that comes with the project. */
export function orderFile(): string {
  if (existsSync(realOrders)) return realOrders;
  console.info(`The real orders are not here (${realOrders}): running on ${sampleOrders}`);
  return sampleOrders;
}

/** Orders that are placed through the gateway, round after round, until told to stop. */
export interface OrderTraffic {
  /** Ends after the round that is running. @returns what each round met */
  stop(): Promise<ReplaySummary[]>;
}

/**
 * Replays the beginning of a file with 16 clients, again and again, by the command that operators use.
 * @param invoices how many of the file's invoices make a round
 */
export function replayUntilStopped(shop: ShopSystem, file: string, invoices: number): OrderTraffic {
  let running = true;

  async function rounds(): Promise<ReplaySummary[]> {
    const summaries: ReplaySummary[] = [];
    while (running) {
      const { stdout, stderr } = await shop.strangler(
        ...['replay', file, '--to', shop.addresses.gateway, '--clients', '16', '--speed', '0'],
        ...['--limit', String(invoices), '--read-stock', '--json'],
      );
      if (!stdout.startsWith('{')) throw new Error(`strangler replay gave no summary: ${stderr}`);
      summaries.push(JSON.parse(stdout) as ReplaySummary);
    }
    return summaries;
  }

  const all = rounds();
  return {
    stop: () => {
      running = false;
      return all;
    },
  };
}
