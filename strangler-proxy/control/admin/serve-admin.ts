import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { toAppError } from '#platform/database/database-errors.js';
import { plain } from '#platform/http/answers.js';
import { createHttpApp } from '#platform/http/create-http-app.js';
import { entityTag } from '#platform/http/entity-tag.js';
import type { Answer, Route } from '#platform/http/route.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { findBreak } from '../audit/find-break.js';
import { readAudit } from '../audit/read-audit.js';
import { readCompletion } from '../complete/completion.js';
import { lookAtConditions } from '../complete/conditions.js';
import type { KnownGateways } from '../gateways/known-gateways.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import type { FindCaller } from '../tokens/find-caller.js';
import { type AdminRequest, adminRoute } from './admin-route.js';
import { authorise } from './authorise.js';
import { completionView, describeCapability } from './describe-capability.js';
import { gatewayRoutes } from './gateway-routes.js';
import { type MutationParts, mutationRoutes, requireLeader } from './mutations.js';
import type { AdminEndpoint } from './required-roles.js';
import { tokenRoutes } from './token-routes.js';

export interface AdminParts extends MutationParts {
  database: Sequelize;
  capabilities: readonly CapabilityParts[];
  gateways: KnownGateways;
  findCaller: FindCaller;
  /** Whether the control plane was configured with a token. */
  hasConfigured: boolean;
  registry: Registry;
  logger: Logger;
}

/** The admin API: every instance answers reads, the leader takes changes. */
export function serveAdmin(parts: AdminParts): Express {
  const { findCaller, noteRefusal, database, gateways, registry, logger, hasConfigured } = parts;
  const explain = (error: unknown) => toAppError('The control plane', error);
  const app = express();
  app.disable('x-powered-by');
  app.use(authorise(findCaller, noteRefusal, explain));
  app.use(
    createHttpApp({
      logger,
      registry,
      routes: [
        ...readRoutes(parts),
        ...mutationRoutes(parts),
        ...gatewayRoutes({ gateways, noteRefusal, requireLeader: () => requireLeader(parts) }),
        ...tokenRoutes({ database, noteRefusal, hasConfigured, requireLeader: () => requireLeader(parts) }),
      ],
      ready: async () => {
        await database.query('SELECT 1').catch((error: unknown) => {
          throw explain(error);
        });
      },
      explain,
    }),
  );
  return app;
}

function readRoutes({
  capabilities,
  partsOf,
  leaderUrl,
  database,
  judging,
  noteRefusal,
}: AdminParts): Route[] {
  const route = <Name extends AdminEndpoint>(
    name: Name,
    handle: (request: AdminRequest<Name>) => Promise<Answer>,
  ) => adminRoute(name, noteRefusal, handle);
  return [
    route('list', async () => {
      const items = await Promise.all(capabilities.map((one) => describeCapability(one)));
      return plain({ items, leader: (await leaderUrl().catch(() => undefined)) ?? null });
    }),
    route('get', async ({ params }) => {
      const view = await describeCapability(partsOf(params.capability));
      return { status: 200, body: view, headers: { etag: entityTag(view.version) } };
    }),
    route('plan', async ({ params, query }) =>
      plain(await describeCapability(partsOf(params.capability), query.percent)),
    ),
    route('completion', async ({ params }) => {
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
    route('audit', async ({ query }) =>
      plain({
        items: await readAudit(database, query.limit, query.before),
        broken: await findBreak(database, 'rows'),
      }),
    ),
    route('auditCheck', async () => plain({ broken: await findBreak(database, 'contents') })),
  ];
}
