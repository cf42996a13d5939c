import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { gatewayConfigSchema } from '../config/gateway-config.js';
import { openFilesLimit, tooFewOpenFiles } from './open-files.js';

const config = gatewayConfigSchema.parse({
  monolith: 'http://127.0.0.1:3000',
  limits: { connections: 1_000 },
  monolithLimits: { bulkhead: { concurrent: 10 } },
  capabilities: { inventory: { bulkhead: { concurrent: 100 } }, orders: { bulkhead: { concurrent: 200 } } },
});
const needed = 1_000 + 10 + 2 * 100 + 2 * 200 + 64;

describe('the limit of open files', () => {
  it('is no matter while there are as many as the connections need', () => {
    expect(tooFewOpenFiles(config, needed)).toBeUndefined();
    expect(tooFewOpenFiles(config, Infinity)).toBeUndefined();
  });

  it('is named, with what to change, when it is lower', () => {
    const said = tooFewOpenFiles(config, needed - 1);
    expect(said).toContain(
      `may have ${needed - 1} files open, and ${needed} are needed for limits.connections (1000)`,
    );
    expect(said).toMatch(/raise the limit .* or lower limits\.connections/);
  });

  it('is what the machine tells of this process', () => {
    const told = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
    expect(openFilesLimit()).toBe(told === 'unlimited' ? Infinity : Number(told));
  });
});
