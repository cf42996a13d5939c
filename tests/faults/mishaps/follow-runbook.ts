import { commandsOf } from '../../e2e/support/read-runbook.js';
import { runStrangler } from '../../e2e/support/shop-system.js';
import type { MishapScene } from './mishap.js';

/**
 * Types the commands of a chapter of the runbook that repairs data, one after the other.
 * @param changed words of its commands, and what stands for them here
 * @returns the first that failed, with what it printed; one that only looks may find something
 */
export async function followRunbook(
  { shop, environment }: Pick<MishapScene, 'shop' | 'environment'>,
  chapter: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  for (const words of commandsOf('repair-data.md', chapter)) {
    const command = words.map((word) => changed[word] ?? word);
    const { exitCode, stdout, stderr } = await runStrangler(
      [...command, '--data-dir', shop.dataDir],
      environment,
    );
    const looksOnly = command.includes('--json') || command[0] === 'status';
    if (exitCode !== 0 && !looksOnly)
      return [`"${command.join(' ')}" of the runbook ended with ${exitCode}: ${stdout}${stderr}`];
  }
  return [];
}
