import { z } from 'zod';
import {
  projectionsSubject,
  type ProjectionStatus,
  type RebuildAnswer,
  rebuildRequestSchema,
  rebuildSubject,
} from '#contracts/strangler/projections.js';
import { answerJson } from '#platform/messaging/exchange-json.js';
import { streamStep } from './build-projection.js';
import type { Projection } from './projection.js';
import { type ProjectionLag, projectionLag } from './projection-lag.js';
import { addProjection, beginBuild, findProjection } from './projection-rows.js';
import type { ProjectionsOptions } from './projections-options.js';

/** Tells how projections are, and begins to build them anew, when it is asked. @returns a function that ends it */
export function answerForProjections(options: ProjectionsOptions): () => Promise<void> {
  const { database, nats, projections, logger } = options;
  const failed = (error: unknown) =>
    logger.warn({ err: error }, 'a question about projections has no answer');
  const stopTelling = answerJson(
    nats,
    projectionsSubject,
    z.unknown(),
    async () => ({ projections: await Promise.all(projections.map((one) => describe(options, one))) }),
    failed,
  );
  const stopBeginning = answerJson(
    nats,
    rebuildSubject,
    rebuildRequestSchema,
    async ({ name }): Promise<RebuildAnswer> => {
      const rebuilds: RebuildAnswer['rebuilds'] = [];
      for (const projection of projections) {
        if (name !== null && projection.name !== name) continue;
        rebuilds.push({ name: projection.name, outcome: await beginBuild(database, projection.name) });
      }
      return { rebuilds };
    },
    failed,
  );
  return () => {
    stopTelling();
    stopBeginning();
    return Promise.resolve();
  };
}

async function describe(
  { program, database, nats }: ProjectionsOptions,
  { name, sources }: Projection,
): Promise<ProjectionStatus> {
  await addProjection(database, name);
  const row = await findProjection(database, name);
  const lag: ProjectionLag | undefined = await projectionLag(database, nats, name).catch(() => undefined);
  const rebuild =
    row.nextBuild === null
      ? null
      : {
          step: sources[row.step]?.name ?? streamStep,
          ...{ done: row.done, total: row.total },
          startedAt: (row.startedAt ?? new Date()).toISOString(),
          problem: row.problem,
        };
  return {
    ...{ name, program, rebuild },
    builtAt: row.builtAt?.toISOString() ?? null,
    eventsBehind: lag?.events ?? null,
    lagMs: lag?.milliseconds ?? null,
  };
}
