import { performance } from 'node:perf_hooks';
import { rm } from 'node:fs/promises';
import { checkSource, currentGtid } from '../../../sidecar/capture/check-source.js';
import { connectMysql } from '../../../sidecar/database/connect-mysql.js';
import { copyFolder, type OwnServer } from '../../../sidecar/test/support/own-servers.js';
import { until } from '../../support/until.js';
import { concerns, type Restore, type Span } from '../history/without-lost.js';
import { holdsWithin } from '../support/holds-within.js';
import { readOwned } from '../support/read-world.js';
import { followRunbook } from './follow-runbook.js';
import type { MishapScene } from './mishap.js';

/**
 * `silent`: the monolith's sidecar hears of nothing until the database has given the GTIDs that are lost to other transactions;
 * `promoted`: another server goes on from the copy, as a replica without the tail does; `plain`: neither.
 */
export const restoreKinds = ['silent', 'promoted', 'plain'] as const;
export type RestoreKind = (typeof restoreKinds)[number];

/** Another one than the server has otherwise. */
const promotedId = 2;
/** Fewest writes that a restore loses. */
const fewestLost = 20;
/** Least time between the copy and the restore: the log tells transactions of one second apart by nothing. */
const leastMs = 2_000;

/**
 * Copies the monolith's database, lets clients write, and puts it back to the copy while they go on; then the runbook is followed.
 * @param restores gets another one
 * @returns what is wrong
 */
export async function restoreMonolith(
  scene: MishapScene,
  server: OwnServer,
  kind: RestoreKind,
  restores: Restore[],
): Promise<string[]> {
  const { shop, databases, control, operations, noticeWithin, say } = scene;
  const copy = `${server.folder}-earlier`;
  try {
    say(`the monolith's database is put back to a copy (${kind})`);
    const owned = new Set(await readOwned(databases.monolith, 'monolith'));
    const copied = await away(scene, async () => {
      await server.terminate();
      await copyFolder(server.folder, copy);
      await server.start();
    });
    await until('enough is written that will be lost', async () => {
      const written = operations.filter((one) => one.answer?.status === 200 && concerns(one.command, owned));
      const since = written.filter(({ attempts }) => (attempts[0]?.startedAt ?? 0) > copied.until);
      return since.length >= fewestLost && performance.now() - copied.until >= leastMs;
    });
    const sidecar = kind === 'silent' ? shop.pause('monolith-sidecar') : undefined;
    const before = await lastTransaction(databases.monolith);
    const restored = await away(scene, async () => {
      await server.kill();
      await copyFolder(copy, server.folder);
      await server.start(kind === 'promoted' ? [`--server-id=${promotedId}`] : []);
    });
    const restore: Restore = { copied, restored, owned, ...{ noticed: Infinity, over: Infinity } };
    restores.push(restore);
    if (sidecar !== undefined) {
      await until('the database has passed what was lost', async () => {
        return (await lastTransaction(databases.monolith)) > before;
      });
      shop.goOn(sidecar);
    }
    const isNoticed = async () =>
      (await control.pausedFor())?.includes('put back to an earlier state') === true;
    if (!(await holdsWithin(noticeWithin, isNoticed)))
      return [`the restore of the monolith's database has not been noticed within ${noticeWithin / 1_000} s`];
    restore.noticed = performance.now();
    const wrong = await followRunbook(scene, 'The database was put back to an earlier state');
    restore.over = performance.now();
    return wrong;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Takes the server away, which explains what fails meanwhile. */
async function away({ disturbances }: MishapScene, work: () => Promise<void>): Promise<Span> {
  const from = performance.now();
  await work();
  const until = performance.now();
  disturbances.push({ kind: 'kill', process: 'mysql', from, struck: until, until });
  return { from, until };
}

/** @returns the number of the last transaction in the server's log */
async function lastTransaction(url: string): Promise<number> {
  const connection = await connectMysql(url);
  try {
    const { mariadb } = await checkSource(connection);
    return Number(/\d+$/.exec(await currentGtid(connection, mariadb))?.[0] ?? 0);
  } finally {
    connection.destroy();
  }
}
