import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { composeNatsConf } from '../accounts/compose-nats-conf.js';
import { brokerUsers } from '../system/shop-accounts.js';
import { type RealBroker, startRealBroker } from './real-broker.js';

let broker: RealBroker;
beforeAll(async () => {
  broker = await startRealBroker('docker compose');
});
afterAll(() => broker?.end());

describe('the configuration of NATS for docker compose', () => {
  it('is what the table of permissions says: "npm run generate" writes it anew', () => {
    const file = join(import.meta.dirname, '../compose/nats.conf');
    expect(readFileSync(file, 'utf8')).toBe(composeNatsConf());
  });

  it.each(brokerUsers)('lets %s in with the password from its environment, and no other', async (user) => {
    await broker.connectAs(user);
    const servers = new URL(broker.urlFor(user)).host;
    await expect(connect({ servers, user, pass: 'p7e12', reconnect: false })).rejects.toThrow(
      'Authorization',
    );
  });

  it('gives the permissions of the table', async () => {
    const orders = await broker.connectAs('orders-sidecar');
    const manager = await orders.jetstreamManager({ checkAPI: false });
    await manager.streams.add({
      name: 'strangler-changes-orders-from-service',
      subjects: ['strangler.changes.orders.service'],
    });
    const gateway = await broker.connectAs('gateway');
    const refused = (async () => {
      for await (const status of gateway.status())
        if (status.type === 'error') return status.permissionContext;
      return undefined;
    })();
    gateway.publish('strangler.changes.orders.service');
    expect(await refused).toMatchObject({
      operation: 'publish',
      subject: 'strangler.changes.orders.service',
    });
  });
});
