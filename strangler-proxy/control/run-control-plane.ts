import { v7 as uuidv7 } from 'uuid';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { listenerUrl } from '#platform/discovery/public-address.js';
import { register } from '#platform/discovery/register.js';
import { guardLocal } from '#platform/http/refuse-foreign.js';
import { serveHttp } from '#platform/http/serve-http.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { bucketStream, holdLease } from '#platform/messaging/lease.js';
import { logSize, openLog } from '#platform/messaging/ordered-log.js';
import { controlMigrations } from '../../migrations/schema/control/index.js';
import { controlStores } from '../../migrations/schema/control/stores.js';
import { judgeLog } from '#platform/growth/judge-readings.js';
import { type Measured, reportGrowth } from '#platform/growth/report-growth.js';
import { tablesOf } from '#platform/growth/tables-of-program.js';
import { noteRefusals } from './admin/note-refusals.js';
import { serveAdmin } from './admin/serve-admin.js';
import type { Judging } from './complete/conditions.js';
import { notLeaving, readsAtMonolith } from './complete/read-shares.js';
import type { ControlPlaneOptions } from './control-plane-options.js';
import { rememberGateways } from './gateways/known-gateways.js';
import { lead } from './leadership/lead.js';
import { archiveEntries } from './audit/archive-entries.js';
import { forgetClosed } from './journal/forget-closed.js';
import { keepBounded } from './journal/keep-bounded.js';
import { measure } from './measure.js';
import { openParts, partsOf } from './open-parts.js';
import { findCallers } from './tokens/find-caller.js';
import { requireAdmin } from './tokens/require-admin.js';
import { reconcile } from './reconcile/reconcile.js';

export interface RunningControlPlane {
  id: string;
  url: string;
  leads(): boolean;
  end(): Promise<void>;
}

/** Starts one instance: it answers at once, and acts when it leads. */
export async function runControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { logger, host, registry, adminToken, quietTime } = options;
  const id = uuidv7();
  const parts = await openParts(options);
  const { database, nats, capabilities, verify } = parts;
  await migrateSchema(database, controlMigrations, logger);
  const gateways = rememberGateways(nats, database, logger);
  const judging: Judging = {
    ...{ verify, quietTime },
    readsAtMonolith: (capability) => readsAtMonolith(gateways, capability),
    notLeaving: (capability) => notLeaving(gateways, capability),
  };
  await requireAdmin(database, adminToken);
  const refusals = noteRefusals(database, logger);
  const app = serveAdmin({
    ...{ database, capabilities, registry, logger },
    findCaller: findCallers(database, adminToken),
    hasConfigured: adminToken !== undefined,
    partsOf: (name) => partsOf(capabilities, name),
    leader: () => leadership.current(),
    leaderUrl: async () => (await lease.holder())?.url,
    noteRefusal: refusals.note,
    ...{ judging, gateways },
  });
  const server = await serveHttp(guardLocal(app, host, options.publicUrl), host, options.port);
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
    await Promise.all([
      ...capabilities.map((one) => reconcile(one, leader, judging, signal)),
      keepBounded(leader, [archiveEntries, forgetClosed], logger, signal),
    ]);
  });
  const leads = () => leadership.current() !== undefined;
  measure(registry, capabilities, leads);
  const growth = reportGrowth({
    ...{ program: 'control-plane', registry, logger },
    looks: [tablesOf('control-plane', database, controlStores), lookAtBucket(nats, options.leaseBucket)],
  });
  growth.answerOver(nats);
  const registered = await register(nats, { name: 'control-plane', version: '0.0.0', metadata: { url } });
  return {
    id,
    url,
    leads,
    async end() {
      gateways.close();
      await registered.withdraw();
      await leadership.end();
      await server.close();
      await Promise.all([refusals.end(), growth.stop()]);
      await parts.close();
    },
  };
}

/** Looks at the bucket of the lease. */
function lookAtBucket(nats: NatsConnection, bucket: string): () => Promise<Measured> {
  const stream = bucketStream(bucket);
  return async () => {
    const size = await logSize(await openLog(nats, stream, stream));
    return { readings: size ? judgeLog(bucket, size, Date.now()) : [] };
  };
}
