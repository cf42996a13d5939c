import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inboxPrefix } from '#contracts/strangler/inbox-prefix.js';
import { reportCaughtTo } from '#platform/telemetry/guarded.js';
import type { Channel } from '../../accounts/channel.js';
import { channels } from '../../accounts/channels.js';
import { securityPage } from '../../accounts/security-page.js';
import { brokerUsers } from '../../system/shop-accounts.js';
import { type RealBroker, startRealBroker } from '../real-broker.js';
import { compareWithTable } from './compare-with-table.js';
import { probeAccount } from './probe-account.js';

/** What no account may do at all. */
const nobodys = [
  ...['>', 'strangler.>', 'strangler.changes.>', 'strangler.requests.>', '$JS.>', '$JS.API.>', '$KV.>'],
  ...['$SRV.>', '$SYS.>', '$JS.API.STREAM.CREATE.any', '$JS.API.STREAM.RESTORE.strangler-events'],
  ...['$JS.ACK.>', 'somebody.elses', '$KV.other.key', 'strangler.other'],
];

beforeAll(() => reportCaughtTo(() => undefined));

describe.each(['npm start', 'docker compose'] as const)('the broker of %s', (from) => {
  let broker: RealBroker;
  beforeAll(async () => {
    broker = await startRealBroker(from);
  });
  afterAll(() => broker?.end());

  it.each(brokerUsers)(
    'lets %s do what its column of the matrix says, and refuses every other cell',
    async (account) => {
      const { cells, differences } = await compareWithTable(broker, account, channels);
      expect(differences).toEqual([]);
      expect(cells).toBeGreaterThan(500);
    },
  );

  it.each(brokerUsers)('refuses %s what is in no row of the matrix', async (account) => {
    const found = await probeAccount(await broker.connectAs(account), nobodys);
    expect(found.filter(({ allowed }) => allowed)).toEqual([]);
  });

  it.each(brokerUsers)('gives the answers to %s to nobody else', async (account) => {
    const inboxes = brokerUsers.map((user) => `${inboxPrefix(user)}.>`);
    const found = await probeAccount(await broker.connectAs(account), inboxes);
    expect(found.filter(({ allowed }) => allowed)).toEqual([
      { use: 'subscribe', subject: `${inboxPrefix(account)}.>`, allowed: true },
    ]);
  });
});

describe('a planted permission', () => {
  /** As `inventory` had it once, and a sidecar that can't hear the other side's owners. */
  const planted = channels.map((channel): Channel => {
    const { act, part } = channel;
    if (act === 'retirement: set' && part?.capability === 'payments' && part.side === 'monolith')
      return { ...channel, publish: [...channel.publish, 'inventory'] };
    if (act === 'owners of buckets' && part?.capability === 'orders' && part.side === 'monolith')
      return { ...channel, subscribe: channel.subscribe.filter((user) => user !== 'orders-sidecar') };
    return channel;
  });
  let broker: RealBroker;
  beforeAll(async () => {
    broker = await startRealBroker('npm start', planted);
  });
  afterAll(() => broker?.end());

  it('is found, whether it allows too much or too little', async () => {
    const found = [];
    for (const account of brokerUsers)
      found.push(...(await compareWithTable(broker, account, channels)).differences);
    expect(found).toEqual([
      'inventory may publish to strangler.retirement.set.payments.monolith',
      'orders-sidecar may not subscribe to strangler.owners.orders.monolith',
    ]);
  });
});

describe('the page on security', () => {
  it('is what the table says: "npm run generate" writes it anew', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8');
    expect(plain(page)).toBe(plain(securityPage()));
  });
});

/** Without what only aligns the columns of tables. */
function plain(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
}
