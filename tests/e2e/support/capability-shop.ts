import { execa } from 'execa';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { stockProduct } from '../../../deploy/throwaway/stock-product.js';
import type { CommandResult } from './shop-system.js';
import { repository, startShop } from '../../support/start-shop.js';
import { wideCommands } from '../../support/wide-limits.js';

/** A shop with all its services, and products of which there is enough. */
export interface CapabilityShop extends ThrowawayShop {
  /** Runs `npx strangler` against it, from the build that it runs from itself. */
  strangler(...args: string[]): Promise<CommandResult>;
  /** The same. @returns what it printed @throws with all of that, unless it succeeds */
  done(...args: string[]): Promise<string>;
  /** How many commands have been run so far. */
  commands(): number;
}

export async function startCapabilityShop(
  productIds: readonly string[],
  available: number,
  options: Parameters<typeof startShop>[0] = {},
): Promise<CapabilityShop> {
  const shop = await startShop(options);
  for (const productId of productIds) await stockProduct(shop.addresses.gateway, productId, available);

  let commands = 0;

  async function strangler(...args: string[]): Promise<CommandResult> {
    commands += 1;
    const program = 'dist/strangler-proxy/cli/main.js';
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [program, ...args, '--data-dir', shop.dataDir],
      { cwd: repository, env: { NODE_OPTIONS: '', ...wideCommands }, reject: false },
    );
    return { exitCode, stdout, stderr };
  }

  async function done(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await strangler(...args);
    if (exitCode !== 0)
      throw new Error(`${args.join(' ')} has ended with ${exitCode}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  return { ...shop, strangler, done, commands: () => commands };
}
