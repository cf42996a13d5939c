import {
  projectionsAnswerSchema,
  projectionsSubject,
  type ProjectionStatus,
} from '#contracts/strangler/projections.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { gatherJson } from '#platform/messaging/gather-json.js';

/** All projections by name; of several instances of a program, which tell the same, the first answer counts. */
export async function readProjections(nats: NatsConnection): Promise<ProjectionStatus[]> {
  const answers = await gatherJson(nats, projectionsSubject, {}, projectionsAnswerSchema);
  const found = new Map<string, ProjectionStatus>();
  for (const projection of answers.flatMap(({ projections }) => projections))
    if (!found.has(projection.name)) found.set(projection.name, projection);
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
