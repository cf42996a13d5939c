import { testServers } from '../../../../tests/support/servers.js';
import { logger } from '../../../../sidecar/test/support/replication.js';
import { serveCheck } from '../../../../sidecar/safety/serve-check.js';
import { answerStatus } from '../../../../sidecar/verify/answer-status.js';
import {
  createVerifiedReplication,
  insertStock,
  type VerifiedReplication,
} from '../../../control/verify/test/support/verified-replication.js';
import { type Ran, runCommand } from './run-command.js';

/** Two databases that hold the same stock, with all that answers for them in both directions. */
export interface RepairableSystem extends VerifiedReplication {
  /** Stops the applier on the service, or starts another one in its place: its status is what the command line sees. */
  stopApplier(): Promise<void>;
  startNextApplier(): Promise<void>;
  /** Runs the command line against them. */
  cli(...args: string[]): Promise<Ran>;
  /** The same, as after Ctrl-C: it follows nothing any more. */
  cliAskedToEnd(...args: string[]): Promise<Ran>;
}

export async function startRepairableSystem(): Promise<RepairableSystem> {
  const replication = await createVerifiedReplication((source) => insertStock(source, 'x', 1_200));
  const { move, nats, forth } = replication;
  const back = await replication.startWayBack();
  const { capability } = move;
  let applier = forth.applier;
  const current = { status: () => applier.status(), stop: () => applier.stop() };
  const stops = [
    answerStatus(
      nats,
      { program: 'monolith', capability, side: 'monolith', capture: forth.capture, applier: back.applier },
      logger,
    ),
    answerStatus(
      nats,
      { program: 'stock', capability, side: 'service', capture: back.capture, applier: current },
      logger,
    ),
  ];
  const { sourceUrl, replicaUrl } = replication;
  for (const [side, url] of [
    ['monolith', sourceUrl],
    ['service', replicaUrl],
  ] as const) {
    const movedTables = move.tables.map(({ [side]: one }) => one.table);
    stops.push(serveCheck({ url, move, side, movedTables, nats, logger }));
  }
  const environment = { NATS_URL: testServers().natsUrl };
  return {
    ...replication,
    cli: (...args) => runCommand(args, { environment }),
    cliAskedToEnd: (...args) => runCommand(args, { environment, signal: AbortSignal.abort() }),
    stopApplier: () => applier.stop(),
    startNextApplier: async () => {
      applier = await replication.startApplier();
    },
    async end() {
      for (const stop of stops) stop();
      await replication.end();
    },
  };
}
