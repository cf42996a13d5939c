import { parseArgs } from 'node:util';
import { exchangesForEveryByte } from './plan.js';
import { walk, type WalkReport } from './walk.js';

const usage = `Sends requests through a gateway of its own while clients and upstreams reset, half-close, talk nonsense or fall
silent at any byte of a request or an answer, then checks that the gateway lives, has served others, and has brought
each exchange to an end that its log and its metrics know of.

  npm run walk -- [options]

  --minutes N    how long it walks (default 60)
  --seed N       chooses the exchanges and their faults (default: the time)`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else process.exitCode = await go(Number(values.minutes), Number(values.seed));

async function go(minutes: number, seed: number): Promise<number> {
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    console.error('--minutes takes a number above 0, --seed a whole one; --help lists the options');
    return 1;
  }
  console.log(`seed ${seed}: walking for ${minutes} minutes`);
  const report = await walk({ seed, exchanges: 1, time: minutes * 60_000, say: (line) => console.log(line) });
  const wrong = mistakesIn(report);
  const rounds = (report.exchanges / exchangesForEveryByte()).toFixed(1);
  console.log(
    `${report.exchanges} exchanges, ${rounds} times each byte, fault and side; ${report.reached} reached the upstream; others were served ${report.served} times`,
  );
  for (const mistake of wrong) console.error(mistake);
  console.log(wrong.length === 0 ? 'each exchange came to an end' : `repeat it by --seed ${seed}`);
  return wrong.length === 0 ? 0 : 1;
}

function mistakesIn({ died, notServed, withoutEnd, counted, logged, left }: WalkReport): string[] {
  const mistakes = withoutEnd.map((exchange) => `without an end: ${exchange}`);
  if (died !== undefined) mistakes.push(`the gateway died: ${died}`);
  if (notServed !== undefined) mistakes.push(`another client was not served: ${notServed}`);
  if (left > 0) mistakes.push(`${left} connections to the upstream are left`);
  if (counted.caught > 0)
    mistakes.push(`${counted.caught} exceptions were caught at the last place for them`);
  if (
    died === undefined &&
    (counted.exchanges !== logged.exchanges || counted.unreadable !== logged.unreadable)
  )
    mistakes.push(`metrics and log differ: ${JSON.stringify({ counted, logged })}`);
  return mistakes;
}
