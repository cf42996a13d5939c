import { randomBytes } from 'node:crypto';
import { testServers } from '../../../../tests/support/servers.js';
import { gatewaysForTest } from '../../../gateway/test/support/gateways.js';
import { startUpstream } from '../../../gateway/test/support/upstream.js';
import type { RunningGateway } from '../../../gateway/run-gateway.js';
import { type Ran, runCommand } from './run-command.js';

/** A monolith, a service, and gateways in front of them that follow the flags of a real Unleash. */
export interface FlippedSystem {
  /** Both sides share its data: `GET` and `PUT /<capability>/{id}` can be flipped, `POST` can not. */
  capability: string;
  flag: string;
  startGateway(differently?: Record<string, unknown>): Promise<RunningGateway>;
  /** Runs the CLI against Unleash and the given gateways. */
  cli(gateways: readonly RunningGateway[], ...args: string[]): Promise<Ran>;
  /** The flag as Unleash has it. */
  unleash(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  end(): Promise<void>;
}

export async function startFlippedSystem(): Promise<FlippedSystem> {
  const servers = testServers();
  const capability = `cli${randomBytes(4).toString('hex')}`;
  const monolith = await startUpstream((_request, response) => void response.end('monolith'));
  const service = await startUpstream((_request, response) => void response.end('service'));
  const gateways = gatewaysForTest();
  const real = { unleash: servers.unleashUrl, token: servers.unleashClientToken };
  return {
    capability,
    flag: `${capability}.get`,
    startGateway: (differently = {}) =>
      gateways.start({
        monolith: monolith.url,
        flags: { ...real, refresh: '200ms' },
        capabilities: { [capability]: { service: service.url, consistency: 'none' } },
        endpoints: [
          { endpoint: `GET /${capability}/{id}`, capability, verb: 'get', key: 'path.id' },
          { endpoint: `PUT /${capability}/{id}`, capability, verb: 'put', key: 'path.id' },
          { endpoint: `POST /${capability}/{id}`, capability, key: 'path.id' },
        ],
        ...differently,
      }),
    cli: (running, ...args) =>
      runCommand([...args, ...running.flatMap(({ adminUrl }) => ['--gateway-admin', adminUrl])], {
        environment: { UNLEASH_URL: servers.unleashUrl, UNLEASH_ADMIN_TOKEN: servers.unleashAdminToken },
      }),
    unleash: async (method, path, body) => {
      const response = await fetch(`${servers.unleashUrl}/api/admin/${path}`, {
        method,
        headers: { authorization: servers.unleashAdminToken, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : undefined };
    },
    end: async () => {
      await gateways.end();
      await Promise.all([monolith.kill(), service.kill()]);
    },
  };
}
