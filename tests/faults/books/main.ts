import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { compile } from '../../e2e/support/shop-system.js';
import { auditText } from './books-text.js';
import { runBooks } from './run-books.js';
import {
  everyProcess,
  sampleOrders,
  slowOutside,
  slowOutsideForLong,
  slowWhenAllLive,
} from './usual-books.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const usage = `Places real orders through the gateway of a shop of its own while all four capabilities are handed over to the
services, one after another, and back again, and processes are killed; then checks the books: money, stock, mails, work
left open, and whether both sides hold the same. Exit code 1 if anything does not add up.

  npm run books -- [options]

  --orders FILE      orders as the import takes them, .csv or .csv.gz (default: the sample of this repository)
  --invoices N       invoices of the file that make a round of orders (default 300)
  --clients N        customers that are served at once (default 8)
  --kills N          processes that are killed in each direction (default 12)
  --slow N           times in each direction that the card provider answers later than the shop waits (default 4)
  --slow-mail        so does the mail server, also while processes are killed, and not just once at the end; what is sent
                     again then is waited for, up to 20 minutes
  --doubtful N       customers who do not wait for their answer, and ask again under the same key (default 2)
  --seed N           chooses the order of hand-overs, and the kills (default: the time)`;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: sampleOrders },
    invoices: { type: 'string', default: '300' },
    clients: { type: 'string', default: '8' },
    kills: { type: 'string', default: '12' },
    slow: { type: 'string', default: '4' },
    doubtful: { type: 'string', default: '2' },
    'slow-mail': { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else process.exitCode = await audit();

async function audit(): Promise<number> {
  await compile();
  const seed = Number(values.seed);
  console.log(`seed ${seed}: starting a shop of its own`);
  const shop = await startThrowawayShop({ root, environment: process.env });
  try {
    const audits = await runBooks({
      shop,
      seed,
      file: values.orders,
      invoices: Number(values.invoices),
      clients: Number(values.clients),
      targets: everyProcess,
      kills: Number(values.kills),
      slow: values['slow-mail'] ? slowOutsideForLong : slowOutside,
      slowTimes: Number(values.slow),
      slowAtLast: slowWhenAllLive,
      doubtful: Number(values.doubtful),
      gap: [1_000, 6_000],
      handOverWithin: 180_000,
      settleWithin: values['slow-mail'] ? 20 * 60_000 : 180_000,
      say: (line) => console.log(line),
    });
    for (const one of audits) console.log(`\n${auditText(one)}`);
    return audits.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
  } finally {
    await shop.stop();
  }
}
