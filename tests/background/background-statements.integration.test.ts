import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { repository } from '../support/start-shop.js';
import { until } from '../support/until.js';
import { notInTheBackground } from './support/elsewhere.js';
import { type FilledShop, fillShop } from './support/filled-shop.js';
import { type End, makeStream, runBackground } from './support/run-background.js';
import { runPieces } from './support/run-pieces.js';
import { type SourceStatement, statementsIn } from './support/sql-in-sources.js';
import { type SeenStatement, StatementWatch } from './support/watch-statements.js';

/**
 * Nobody waits for what runs in the background, so nobody notices that it reads a whole table, until the table is large.
 * Here all of it runs on full tables. How a statement gets in:
 *
 * - Programs and sidecars are started as they are, and `StatementWatch` sees whatever they send: a further statement of
 *   a task that runs here is judged without anybody's doing.
 * - Every statement in the sources must have been seen, but for those that `elsewhere.ts` names with a reason. A new one
 *   that does not run here fails the second test until it does (`run-background.ts`, `run-pieces.ts`), or has a reason.
 * - Every table of a schema is filled but those that `steady-state.ts` calls small.
 *
 * Queries that Sequelize writes are no text in the sources: of those, only the first way finds what is new.
 */
/** As many again as a shop has after months; `BACKGROUND_ROWS=1000000` shows the same of ten times as many. */
const rows = Number(process.env['BACKGROUND_ROWS'] ?? 100_000);
/** Pieces of work have up to 2,000 rows, and may look up a few others for each. */
const mostReads = 20_000;
const folders = ['platform', 'legacy-monolith', 'extracted', 'sidecar'];

let shop: FilledShop;
let broker: OwnServer;
let watch: StatementWatch;
let end: End;

beforeAll(async () => {
  broker = await ownBroker();
  shop = await fillShop(rows, await makeStream(broker.url, rows));
  watch = new StatementWatch();
  end = await runBackground(shop, broker.url);
  await runPieces(shop);
});
afterAll(async () => {
  watch.stop();
  await end();
  await Promise.all(Object.values(shop).map(({ drop }) => drop()));
  await broker.end();
});

it('every statement of the background has been run', async () => {
  const wanted = statementsIn(repository, folders).filter((statement) => !isElsewhere(statement));
  let missing: SourceStatement[] = [];
  await until('every statement has been run', () => {
    const seen = [...watch.seen.values()];
    const now = wanted.filter((statement) => !seen.some(({ sql }) => statement.matches(sql)));
    missing = now;
    return missing.length === 0;
  }).catch(() => undefined);
  expect(missing.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
});

it('none of them reads a whole table', () => {
  const tooMuch = [...watch.seen.values()].filter(readsTooMuch);
  expect(tooMuch).toEqual([]);
});

it('whatever is said to be elsewhere is still in the sources', () => {
  const all = statementsIn(repository, folders);
  const gone = notInTheBackground.filter((one) => !all.some((statement) => concerns(one, statement)));
  expect(gone).toEqual([]);
});

function isElsewhere(statement: SourceStatement): boolean {
  return notInTheBackground.some((one) => concerns(one, statement));
}

function concerns(
  { file, beginning = '' }: (typeof notInTheBackground)[number],
  statement: SourceStatement,
): boolean {
  return statement.file.startsWith(file) && statement.text.startsWith(beginning);
}

function readsTooMuch({ reads, scans }: SeenStatement): boolean {
  return reads > mostReads || scans.some((scan) => scan.rows > mostReads);
}
