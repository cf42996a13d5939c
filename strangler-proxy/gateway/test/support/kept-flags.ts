import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deadAddress } from './upstream.js';

/**
 * Settings of a gateway that starts while Unleash is down and goes by the flags that it kept.
 * @param shares percent by the flag's name
 * @returns `flags` and `state` of its configuration
 */
export async function keptFlags(
  folder: string,
  shares: Readonly<Record<string, number>>,
): Promise<Record<string, unknown>> {
  const state = join(folder, `state-${process.hrtime.bigint()}`);
  mkdirSync(state);
  const features = Object.entries(shares).map(([name, percent]) => ({
    name,
    type: 'operational',
    enabled: true,
    strategies: [
      {
        name: 'flexibleRollout',
        parameters: { rollout: String(percent), stickiness: 'random', groupId: name },
        constraints: [],
      },
    ],
    variants: [],
  }));
  writeFileSync(join(state, 'flags.json'), JSON.stringify({ version: 2, features }));
  return { flags: { unleash: await deadAddress(), token: 'none', refresh: '500ms' }, state };
}
