import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Why } from '../control/control-client.js';

/** Options of every command that changes something. */
export interface ChangeOptions extends Why {
  json?: boolean;
}

/** Adds why and for whom; both go into the audit, which takes who it was from the token. */
export function addWhy(command: Command): Command {
  return command
    .option('--reason <text>', 'why; kept in the audit', 'no reason given')
    .option('--by <name>', 'for whom, where several share a token; a claim, kept in the audit', userName())
    .option('--json', 'as JSON');
}

/** Who is at the keyboard, as far as the machine knows. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user that has no name.
    return 'unknown';
  }
}
