import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { createLogger } from '#platform/telemetry/logger.js';
import type { Charge, LedgerSummary } from '#contracts/shop/provider.js';
import { createTestDatabase } from '../../../../tests/support/servers.js';
import { createProviderSandbox } from '../create-provider-sandbox.js';
import { providerMigrations } from '../migrations/index.js';
import { wideDatabase } from '../../../../tests/support/wide-limits.js';

export interface TestProviders {
  url: string;
  /** Takes the provider away, with all its connections, until `comeBack`. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Captures what is held now. */
  captureLate(): void;
  charges(): Promise<Charge[]>;
  totals(): Promise<LedgerSummary['totals']>;
  stop(): Promise<void>;
}

/** The real provider sandbox, on a port and a schema of its own. It holds what it captures late until it is told. */
export async function startTestProviders(): Promise<TestProviders> {
  const late = new EventTarget();
  const schema = await createTestDatabase('provider_sandbox');
  const database = connectDatabase(schema.url, 20, wideDatabase);
  const logger = createLogger('provider-sandbox', 'silent');
  await migrateSchema(database, providerMigrations, logger);
  const listen = (port: number) => {
    const ending = new AbortController();
    const app = createProviderSandbox({ database, logger, untilLate: () => captured(late, ending.signal) });
    return serveHttp(app, '127.0.0.1', port).then((server) => ({
      port: server.port,
      close: () => (ending.abort(), server.close()),
    }));
  };
  let server = await listen(0);
  const url = `http://127.0.0.1:${server.port}`;
  const read = async (path: string) => (await fetch(`${url}${path}`)).json();
  return {
    url,
    goDown: () => server.close(),
    comeBack: async () => void (server = await listen(server.port)),
    captureLate: () => void late.dispatchEvent(new Event('late')),
    charges: async () => ((await read('/ledger?limit=200')) as { items: Charge[] }).items,
    totals: async () => ((await read('/ledger/summary')) as LedgerSummary).totals,
    stop: async () => {
      await server.close();
      await database.close();
      await schema.drop();
    },
  };
}

function captured(late: EventTarget, ending: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    late.addEventListener('late', () => resolve(), { once: true });
    ending.addEventListener('abort', () => reject(new Error('the provider ends')), { once: true });
  });
}
