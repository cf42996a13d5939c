import { otherSide, type Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { holdsWithin } from '../support/holds-within.js';
import { refusalOf } from '../support/look-at-applier.js';
import { withConnection } from '../support/with-connection.js';
import { followRunbook } from './follow-runbook.js';
import type { MishapScene } from './mishap.js';

/** What somebody does to the replica's row of a product. */
const acts: Record<Side, Record<'change' | 'delete', string>> = {
  monolith: {
    change: 'UPDATE shop.stock_items SET available = available + 1000 WHERE product_id = ?',
    delete: 'DELETE FROM shop.stock_items WHERE product_id = ?',
  },
  service: {
    change: 'UPDATE inventory.stock_levels SET on_hand = on_hand + 1000 WHERE product_id = ?',
    delete: 'DELETE FROM inventory.stock_levels WHERE product_id = ?',
  },
};

/**
 * Somebody with a database client writes to a replica's row, which no program of the shop can do. The owner's applier has to stop
 * at it rather than to overwrite the owner's row; then the runbook is followed.
 * @param percent of the buckets that are with the service
 * @returns what is wrong
 */
export async function writeOnWrongSide(scene: MishapScene, percent: number): Promise<string[]> {
  const { shop, databases, random, shelf, noticeWithin, say } = scene;
  const replica = random.pick(['monolith', 'service'] as const);
  const owner = otherSide(replica);
  const act = random.pick(['change', 'delete'] as const);
  const owned = [...shelf.hot, ...shelf.cold].filter(
    (productId) => bucketOfKey('inventory', productId) <= percent === (owner === 'service'),
  );
  const productId = random.pick(owned);
  const what = `a "${act}" by hand of ${productId} at the ${replica}, which is the ${owner}'s,`;
  say(what);
  await withConnection(databases[replica], (connection) => connection.query(acts[replica][act], [productId]));
  const isStopped = async () => (await refusalOf(shop, 'inventory', owner)) !== undefined;
  const stopped = await holdsWithin(noticeWithin, isStopped);
  if (!stopped) return [`${what} has not been noticed within ${noticeWithin / 1_000} s`];
  const aims = { monolith: owner };
  return followRunbook(scene, 'Rows were written on the wrong side', aims);
}
