import { v7 as uuidv7 } from 'uuid';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { listenerUrl } from '#platform/discovery/public-address.js';
import { register } from '#platform/discovery/register.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { holdLease } from '#platform/messaging/lease.js';
import { controlMigrations } from '../../migrations/schema/control/index.js';
import { noteRefusals } from './admin/note-refusals.js';
import { serveAdmin } from './admin/serve-admin.js';
import type { Judging } from './complete/conditions.js';
import { readsAtMonolith } from './complete/read-shares.js';
import type { ControlPlaneOptions } from './control-plane-options.js';
import { lead } from './leadership/lead.js';
import { measure } from './measure.js';
import { openParts, partsOf } from './open-parts.js';
import { reconcile } from './reconcile/reconcile.js';

export interface RunningControlPlane {
  id: string;
  url: string;
  leads(): boolean;
  end(): Promise<void>;
}

/** Starts one instance: it answers at once, and acts when it leads. */
export async function runControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { logger, host, registry, tokens, quietTime } = options;
  const id = uuidv7();
  const parts = await openParts(options);
  const { database, nats, capabilities, verify } = parts;
  const judging: Judging = {
    ...{ verify, quietTime },
    readsAtMonolith: (capability) => readsAtMonolith(nats, capability),
  };
  await migrateSchema(database, controlMigrations, logger);
  const app = serveAdmin({
    ...{ database, capabilities, tokens, registry, logger },
    partsOf: (name) => partsOf(capabilities, name),
    leader: () => leadership.current(),
    leaderUrl: async () => (await lease.holder())?.url,
    noteRefusal: noteRefusals(database, logger),
    judging,
  });
  const server = await serveHttp(app, host, options.port);
  const url = options.publicUrl ?? listenerUrl(host, server.port);
  logger.info({ url }, 'control plane is listening');
  const lease = holdLease({
    nats,
    bucket: options.leaseBucket,
    name: 'leader',
    holder: { id, url },
    duration: options.leaseDuration,
    onTrouble: (problem) => logger.warn({ problem }, 'the lease could not be asked for'),
  });
  const leadership = lead(lease, database, id, logger, async (leader, signal) => {
    await Promise.all(capabilities.map((one) => reconcile(one, leader, judging, signal)));
  });
  const leads = () => leadership.current() !== undefined;
  measure(registry, capabilities, leads);
  const registered = await register(nats, { name: 'control-plane', version: '0.0.0', metadata: { url } });
  return {
    id,
    url,
    leads,
    async end() {
      await registered.withdraw();
      await leadership.end();
      await server.close();
      await parts.close();
    },
  };
}
