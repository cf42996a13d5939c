import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { importSampleWhenEmpty } from '../../legacy-monolith/import/import-sample.js';
import { reportOperations } from '../support/report-operations.js';
import { testServers } from '../support/servers.js';
import { patience } from '../support/wide-limits.js';
import { expectParityOfAny, generatedRuns } from './generated/expect-parity-of-any.js';
import { wholeListScenarios } from './scenarios/http-scenarios.js';
import { scenarios } from './scenarios/index.js';
import { states } from './states.js';
import { startMonolithAlone, type StoppableShop } from './support/monolith-alone.js';
import type { Pair } from './support/run-commands.js';
import { type Telling, tellScenarios } from './support/tell-scenarios.js';
import { startWholeShop, type WholeShop } from './support/whole-shop.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const runs = generatedRuns(process.env, 3);
let alone: StoppableShop;
let whole: WholeShop;
let pair: Pair;
let compared = 0;

beforeAll(async () => {
  [alone, whole] = await Promise.all([startMonolith(), startWholeShop()]);
  pair = [alone.shop, whole.shop];
});
afterAll(async () => {
  const sequences = runs.runs * states.length;
  reportOperations('whole-shop', {
    states: states.length,
    commands: compared,
    'generated sequences': sequences,
  });
  await Promise.all([alone?.stop(), whole?.stop()]);
});

/** With the same products as any shop that starts. */
async function startMonolith(): Promise<StoppableShop> {
  // As long as the whole shop waits for its card provider.
  const started = await startMonolithAlone({
    paymentTimeoutMs: 2_000 * patience,
    mailUrl: testServers().mailUrl,
  });
  await importSampleWhenEmpty({ root, mysqlUrl: started.databaseUrl });
  return started;
}

describe.each(states.map((state, index) => ({ ...state, state, index })))(
  'with $name',
  ({ state, index }) => {
    const told = scenarios.filter(({ byClock }) => !byClock || state.timed);
    let telling: Telling;

    beforeAll(async () => {
      await whole.take(state);
      telling = tellScenarios(pair, told, `s${index}`);
    });

    it.each(told.map(({ name }) => name))('%s', async (name) => {
      compared += (await telling.expectAlike(name)).length;
    });

    it.each(wholeListScenarios)('$name', async (scenario) => {
      const lists = tellScenarios(pair, [scenario], `s${index}-lists`);
      compared += (await lists.expectAlike(scenario.name)).length;
    });

    it('any commands in any order', async () => {
      // An order that one side refuses has set aside, and put back, what the other side owns: two versions more of it.
      const isDivided = state.shares['inventory'] === 50;
      const generated = { ...runs, seed: runs.seed + index, ...(isDivided ? { plenty: 100 } : {}) };
      compared += await expectParityOfAny(pair, generated, `s${index}`);
    });
  },
);
