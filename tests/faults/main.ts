import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ownDatabase } from '../../sidecar/test/support/own-servers.js';
import { compile } from '../e2e/support/shop-system.js';
import { runTruth, type Truth } from './run-truth.js';
import { killable, usualHabits } from './usual-trouble.js';
import { startThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

const usage = `Lets clients work while buckets of inventory move between monolith and service and processes are killed, then
checks that every acknowledged write is there exactly once.

  npm run truth -- [options]

  --hand-overs N     times that buckets move (default 200)
  --kills N          processes that are killed (default 20)
  --others N         times besides that a process is paused, a stream lost, a gateway restarted beside a silent
                     sidecar, or a backfill struck in its first moments (default 8)
  --strays N         times, after all that, that somebody writes to a replica's row by hand, which has to be noticed and set
                     right by the runbook (default 2)
  --restores N       times, after all that, that the monolith's database is put back to a copy of some seconds ago, every third
                     time by another server, and the runbook is followed; clients place no orders then (default 0)
  --gap N            most milliseconds between two of those; at least a quarter of it (default 8000)
  --rest N           milliseconds between one hand-over and the next (default 0)
  --orders N         percent of the commands that are orders; half as many are cancelled (default 1)
  --rate N           commands a second that clients begin (default 450)
  --clients N        clients (default 48)
  --seed N           chooses commands, moves and kills (default: the time)`;

const { values } = parseArgs({
  options: {
    'hand-overs': { type: 'string', default: '200' },
    kills: { type: 'string', default: '20' },
    others: { type: 'string', default: '8' },
    strays: { type: 'string', default: '2' },
    restores: { type: 'string', default: '0' },
    gap: { type: 'string', default: '8000' },
    rest: { type: 'string', default: '0' },
    orders: { type: 'string', default: String(usualHabits.orders) },
    rate: { type: 'string', default: '450' },
    clients: { type: 'string', default: '48' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else process.exitCode = await prove();

async function prove(): Promise<number> {
  await compile();
  const seed = Number(values.seed);
  console.log(`seed ${seed}: starting a shop of its own`);
  const restores = Number(values.restores);
  const orders = restores > 0 ? 0 : Number(values.orders);
  const ofMonolith = restores > 0 ? await ownDatabase(true) : undefined;
  const environment = {
    ...process.env,
    ...(ofMonolith ? { MONOLITH_MYSQL_URL: ofMonolith.url } : {}),
  };
  const shop = await startThrowawayShop({ root, environment, services: ['inventory'] });
  try {
    const truth = await runTruth({
      shop,
      seed,
      clients: Number(values.clients),
      rate: Number(values.rate),
      habits: { ...usualHabits, orders, cancels: orders / 2 },
      handOvers: Number(values['hand-overs']),
      rest: Number(values.rest),
      targets: killable,
      kills: Number(values.kills),
      others: Number(values.others),
      strays: Number(values.strays),
      restores,
      ofMonolith,
      gap: [Number(values.gap) / 4, Number(values.gap)],
      handOverWithin: 600_000,
      settleWithin: 600_000,
      say: (line) => console.log(line),
    });
    return report(truth);
  } finally {
    await shop.stop();
    await ofMonolith?.end();
  }
}

function report({ violations, failures, ...truth }: Truth): number {
  const kinds = truth.disturbances.map(({ kind, process }) => `${kind} ${process}`).join(', ');
  console.log(`
${truth.handOvers} hand-overs, ${truth.writes} writes answered (${truth.writesPerSecond.toFixed(0)} a second), ${truth.operations} commands in all
${truth.lost} of these writes were lost by restores, as they have to be
${truth.disturbances.filter(({ kind }) => kind === 'kill').length} kills, ${truth.disturbances.length} disturbances in all: ${kinds}
failed attempts, all answered when tried again with their key: ${failures.inFlight} in flight in a process that was killed, or while it was paused; while one was away ${JSON.stringify(failures.whileAway)}
failed attempts that nothing explains: ${failures.unexplained.length}
violations: ${violations.length}`);
  for (const line of [...failures.unexplained.slice(0, 50), ...violations.slice(0, 50)])
    console.log(`  ${line}`);
  return violations.length + failures.unexplained.length === 0 ? 0 : 1;
}
