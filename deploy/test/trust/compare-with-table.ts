import type { Channel } from '../../accounts/channel.js';
import type { BrokerUser } from '../../system/shop-accounts.js';
import type { RealBroker } from '../real-broker.js';
import { probeAccount } from './probe-account.js';

/** How many cells were tried, and which of them are not as the table says: `inventory may publish to x`. */
export interface Comparison {
  cells: number;
  differences: string[];
}

/** Tries every subject of the table with one account. */
export async function compareWithTable(
  broker: RealBroker,
  account: BrokerUser,
  table: readonly Channel[],
): Promise<Comparison> {
  const subjects = [...new Set(table.flatMap((channel) => channel.subjects))];
  const probed = await probeAccount(await broker.connectAs(account), subjects);
  const differences = probed.flatMap(({ use, subject, allowed }) => {
    const wanted = table.some(
      (channel) => channel.subjects.includes(subject) && channel[use].includes(account),
    );
    if (wanted === allowed) return [];
    return `${account} ${allowed ? 'may' : 'may not'} ${use} to ${subject}`;
  });
  return { cells: probed.length, differences };
}
