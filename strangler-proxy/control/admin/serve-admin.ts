import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { controlEndpoints } from '#contracts/strangler/control-plane.js';
import { toAppError } from '#platform/database/database-errors.js';
import { plain } from '#platform/http/answers.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import { entityTag } from '#platform/http/entity-tag.js';
import { readRoute, type Route } from '#platform/http/route.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { findBreak, readAudit } from '../audit/read-audit.js';
import { readCompletion } from '../complete/completion.js';
import { lookAtConditions } from '../complete/conditions.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';
import { authorise, type Tokens } from './authorise.js';
import { completionView, describeCapability } from './describe-capability.js';
import { type MutationParts, mutationRoutes } from './mutations.js';

export interface AdminParts extends MutationParts {
  database: Sequelize;
  capabilities: readonly CapabilityParts[];
  tokens: Tokens;
  registry: Registry;
  logger: Logger;
}

/** The admin API: every instance answers reads, the leader takes changes. */
export function serveAdmin(parts: AdminParts): Express {
  const { tokens, noteRefusal, database, registry, logger } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.use(authorise(tokens, noteRefusal));
  app.use(
    createHttpApp({
      logger,
      registry,
      routes: [...readRoutes(parts), ...mutationRoutes(parts)],
      ready: async () => {
        await database.query('SELECT 1').catch((error: unknown) => {
          throw toAppError('The control plane', error);
        });
      },
      explain: (error) => toAppError('The control plane', error),
    }),
  );
  return app;
}

function readRoutes({ capabilities, partsOf, leaderUrl, database, judging }: AdminParts): Route[] {
  const { list, get, plan, completion, audit } = controlEndpoints;
  return [
    readRoute(list, async () => {
      const items = await Promise.all(capabilities.map((one) => describeCapability(one)));
      return plain({ items, leader: (await leaderUrl().catch(() => undefined)) ?? null });
    }),
    readRoute(get, async ({ params }) => {
      const view = await describeCapability(partsOf(params.capability));
      return { status: 200, body: view, headers: { etag: entityTag(view.version) } };
    }),
    readRoute(plan, async ({ params, query }) =>
      plain(await describeCapability(partsOf(params.capability), query.percent)),
    ),
    readRoute(completion, async ({ params }) => {
      const one = partsOf(params.capability);
      const begun = await readCompletion(database, one.capability);
      const { conditions, monolith } = await lookAtConditions(judging, one, false);
      return plain({
        capability: one.capability,
        completion: begun ? completionView(begun) : null,
        conditions,
        monolith: monolith ?? null,
      });
    }),
    readRoute(audit, async ({ query }) =>
      plain({
        items: await readAudit(database, query.limit, query.before),
        broken: await findBreak(database),
      }),
    ),
  ];
}
