import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createLogger } from '#platform/telemetry/logger.js';
import { wideGatewayConfig } from '../../../../tests/support/wide-limits.js';
import { runGateway } from '../../run-gateway.js';
import type { RunningGateway } from '../../running-gateway.js';

/** What a gateway logs, one element a line. */
export type LogLines = Record<string, unknown>[];

/** Gateways of one suite, each from a configuration file of its own, and the folder where they keep things. */
export interface Gateways {
  folder: string;
  /** Limits that the configuration leaves out are wide. */
  start(config: Record<string, unknown>, log?: LogLines): Promise<RunningGateway>;
  /** Ends all that were started, and removes the folder. */
  end(): Promise<void>;
}

export function gatewaysForTest(): Gateways {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  const running: RunningGateway[] = [];
  return {
    folder,
    async start(config, log) {
      const configFile = join(folder, `gateway-${running.length}.yaml`);
      const quick = { drain: { limit: '1s' }, accessLog: { percent: 0 } };
      const wide = wideGatewayConfig(Object.keys(config['capabilities'] ?? {}));
      writeFileSync(configFile, stringify(merge({ ...quick, ...wide }, config)));
      const gateway = await runGateway({
        configFile,
        environment: {},
        port: 0,
        adminPort: 0,
        logger: log
          ? createLogger('gateway', 'info', { write: (line) => void log.push(JSON.parse(line)) })
          : createLogger('gateway', 'silent'),
      });
      running.push(gateway);
      return gateway;
    },
    async end() {
      await Promise.all(running.map((gateway) => gateway.drain()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The second one's settings, and of the first one those that it leaves out. */
function merge(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = merged[name];
    merged[name] = isSection(before) && isSection(value) ? merge(before, value) : value;
  }
  return merged;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
