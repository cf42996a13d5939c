import { beforeAll, describe, expect, it } from '@jest/globals';
import { ownDatabase } from '../../../sidecar/test/support/own-servers.js';
import { compile } from '../../e2e/support/shop-system.js';
import { reportOperations } from '../../support/report-operations.js';
import { testServers } from '../../support/servers.js';
import { startShop } from '../../support/start-shop.js';
import { runTruth } from '../run-truth.js';
import { usualHabits } from '../usual-trouble.js';
import { faultsToPlant, type PlantedFault } from './faults.js';
import { plantFault } from './plant-fault.js';

beforeAll(() => compile());

/**
 * What the checker says of a product with a fault, less what a busy machine alone can make of one without: hand-overs that
 * take their time, and answers that come too late, for which the gateway is patient besides. Flags and mails are on the
 * servers of the test run, to be quick.
 */
async function violationsOf(fault: PlantedFault): Promise<string[]> {
  const { unleashUrl, unleashAdminToken, unleashClientToken, smtpUrl } = testServers();
  const environment = {
    UNLEASH_URL: unleashUrl,
    UNLEASH_ADMIN_TOKEN: unleashAdminToken,
    UNLEASH_CLIENT_TOKEN: unleashClientToken,
    SMTP_URL: smtpUrl,
  };
  const { strays = 0, restores = 0 } = fault.mishaps ?? {};
  const copy = plantFault(fault);
  const ofMonolith = restores > 0 ? await ownDatabase(true) : undefined;
  const ownServers = ofMonolith ? { MONOLITH_MYSQL_URL: ofMonolith.url } : {};
  const shop = await startShop({
    root: copy.root,
    environment: { ...environment, ...ownServers },
    services: ['inventory'],
    fresh: ofMonolith !== undefined,
  });
  try {
    const { violations, failures, operations, handOvers } = await runTruth({
      shop,
      environment,
      seed: 1,
      clients: 16,
      rate: 250,
      habits: fault.habits ?? usualHabits,
      handOvers: 4,
      targets: fault.targets,
      kills: fault.targets.length > 0 ? 3 : 0,
      others: fault.targets.length > 0 ? 3 : 0,
      gap: [500, 1_500],
      strays,
      restores,
      ofMonolith,
      noticeWithin: 10_000,
      settleWithin: 8_000,
      handOverWithin: 15_000,
      say: () => undefined,
    });
    reportOperations(`planted fault: ${fault.name}`, { commands: operations, 'hand-overs': handOvers });
    const lateOnly = / has not (ended|been noticed) within | 504 timeout /;
    return [...violations, ...failures.unexplained].filter((line) => !lateOnly.test(line));
  } finally {
    await shop.stop();
    await ofMonolith?.end();
    copy.remove();
  }
}

describe('a run of truth over a product with', () => {
  it.each(faultsToPlant().map((fault) => [fault.name, fault] as const))(
    '%s finds it out',
    async (_name, fault) => {
      expect(await violationsOf(fault)).not.toEqual([]);
    },
  );
});
