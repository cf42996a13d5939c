import pc from 'picocolors';
import type { AddCommand } from '../../commands/cli-context.js';
import { readCliConfig } from '../../system/config.js';
import { runCli } from '../../run-cli.js';

/** What a command left behind. */
export interface Ran {
  code: number;
  /** Standard output. */
  out: string;
  /** Standard error. */
  err: string;
}

export interface CommandSurroundings {
  environment?: Record<string, string>;
  /** Ends a command that runs until it is asked to end. */
  signal?: AbortSignal;
  addOthers?: AddCommand;
  /** Called after each line on standard output. */
  printed?: (lines: readonly string[]) => void;
}

/** Runs one command line in this process, as `strangler` would. */
export async function runCommand(args: readonly string[], around: CommandSurroundings = {}): Promise<Ran> {
  const { environment = {}, signal = new AbortController().signal, addOthers = () => undefined } = around;
  const { printed = () => undefined } = around;
  const lines: Record<'out' | 'err', string[]> = { out: [], err: [] };
  const terminal = {
    print: (text: string) => {
      lines.out.push(text);
      printed(lines.out);
    },
    tell: (text: string) => void lines.err.push(text),
    progress: () => undefined,
    interactive: false,
    colours: pc.createColors(false),
  };
  const config = readCliConfig({ STRANGLER_DATA_DIR: '.data-of-no-system', ...environment });
  const context = {
    config,
    environment,
    terminal,
    whenAskedToEnd: () => signal,
    programFile: '/opt/strangler.mjs',
  };
  const code = await runCli(args, context, addOthers);
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
}
