import { Counter } from 'prom-client';
import { runAlone } from '#platform/database/run-alone.js';
import { runConsumer } from '#platform/inbox/run-consumer.js';
import { repeatTask } from '#platform/resilience/repeat-task.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { addMissing, type MissingPlaces } from './add-missing.js';
import { answerForProjections } from './answer-for-projections.js';
import { carryOnBuild } from './build-projection.js';
import { clearOldBuilds } from './clear-old-builds.js';
import { measureProjections } from './measure-projections.js';
import type { Projection } from './projection.js';
import type { ProjectionsOptions } from './projections-options.js';
import { projectionConsumer } from './projection-consumer.js';
import { addProjection, beginBuild, findProjection, noteProblem } from './projection-rows.js';

/**
 * Keeps projections current, builds them anew when somebody asks for that, or when there is none, and tells how they are.
 * Any number of instances may do so.
 * @returns a function that ends it
 */
export function runProjections(options: ProjectionsOptions): () => Promise<void> {
  const { projections, registry } = options;
  const missed = new Counter({
    name: 'strangler_events_missed_total',
    help: 'Events that the stream has dropped before this consumer had seen them',
    labelNames: ['consumer'] as const,
    registers: [registry],
  });
  const endings = [
    ...projections.map((projection) => runOne(options, projection, missed)),
    measureProjections(options),
    answerForProjections(options),
  ];
  return async () => void (await Promise.all(endings.map((end) => end())));
}

function runOne(
  options: ProjectionsOptions,
  projection: Projection,
  missed: Counter<'consumer'>,
): () => Promise<void> {
  const { database, own, nats, logger, pauseMs = 1_000 } = options;
  const { name } = projection;
  const consumer = projectionConsumer(database, projection);
  let stopConsuming: (() => Promise<void>) | undefined;
  const places: MissingPlaces = new Map();
  const building = repeatTask(
    `build ${name}`,
    pauseMs,
    async (signal) => {
      await addProjection(database, name);
      stopConsuming ??= runConsumer({ database, own, nats, consumer, logger, missed });
      await runAlone(own, `projection ${name}`, () => build(options, projection, places, signal));
    },
    logger,
  );
  building.start();
  return async () => {
    await building.stop();
    await stopConsuming?.();
  };
}

/** One turn: builds what is to be built, else looks after what there is. */
async function build(
  options: ProjectionsOptions,
  projection: Projection,
  places: MissingPlaces,
  signal: AbortSignal,
): Promise<void> {
  const { database } = options;
  const { name } = projection;
  const { liveBuild, nextBuild } = await findProjection(database, name);
  if (liveBuild === 0 && nextBuild === null) await beginBuild(database, name);
  try {
    await carryOnBuild({ ...options, projection }, signal);
  } catch (error) {
    await noteProblem(database, name, messageOf(error));
    throw error;
  }
  if (signal.aborted) return;
  await addMissing(database, projection, places);
  await clearOldBuilds(database, projection, signal);
}
