import { execa } from 'execa';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { until } from '../../support/until.js';
import { repository, startShop } from '../../support/start-shop.js';
import { wideCommands } from '../../support/wide-limits.js';

export interface CommandResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** A whole shop, and its command line. */
export interface ShopSystem extends ThrowawayShop {
  /** Runs `npx strangler` against this system. */
  strangler(...args: string[]): Promise<CommandResult>;
  /** Kills a process with SIGKILL and resolves once another one runs in its place. */
  killAndAwaitRestart(name: string): Promise<void>;
}

/**
 * A shop of which only inventory can be handed over.
 * @throws with everything the start printed, when it ends before the shop is up
 */
export async function startShopSystem(): Promise<ShopSystem> {
  await compile();
  const shop = await startShop({ services: ['inventory'], patient: true });
  return {
    ...shop,
    strangler: (...args) => runStrangler([...args, '--data-dir', shop.dataDir]),
    killAndAwaitRestart: async (name) => {
      const killed = shop.kill(name);
      await until(`${name} runs again`, () => shop.isBack(name, killed));
    },
  };
}

/** Every command line compiles what has changed first. */
export async function compile(): Promise<void> {
  await runStrangler(['--version']);
}

/** Runs `npx strangler` from the sources as they are now. @param environment variables on top of this program's own */
export async function runStrangler(
  args: string[],
  environment: Record<string, string> = {},
): Promise<CommandResult> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, ['deploy/bin/strangler.mjs', ...args], {
    cwd: repository,
    env: { NODE_OPTIONS: '', ...wideCommands, ...environment },
    reject: false,
  });
  return { exitCode, stdout, stderr };
}
