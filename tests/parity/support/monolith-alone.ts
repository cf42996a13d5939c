import { serveHttp } from '#platform/http/serve-http.js';
import { startTestShop } from '../../../legacy-monolith/test/start-test-shop.js';
import type { ShopUnderTest } from './shop-under-test.js';

export interface StoppableShop {
  shop: ShopUnderTest;
  stop(): Promise<void>;
}

/** The contract: the monolith, as it is without anything of a migration. */
export interface MonolithAlone extends StoppableShop {
  databaseUrl: string;
}

/** @param options `mailUrl` is the page of the test mail server, if nobody else is compared who uses it */
export async function startMonolithAlone(
  options: Parameters<typeof startTestShop>[0] & { mailUrl?: string } = {},
): Promise<MonolithAlone> {
  const { monolith, providers, stop } = await startTestShop(options);
  const server = await serveHttp(monolith.app, '127.0.0.1', 0);
  return {
    shop: {
      name: 'the monolith',
      url: `http://127.0.0.1:${server.port}`,
      providersUrl: providers.url,
      mailUrl: options.mailUrl,
    },
    databaseUrl: monolith.databaseUrl,
    stop: async () => {
      await server.close();
      await stop();
    },
  };
}
