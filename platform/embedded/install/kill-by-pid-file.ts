import { existsSync } from 'node:fs';

/**
 * The command that ends the server of a pid file: Debian's own script would end every MariaDB of the machine, by name.
 * The command reads the file, since Debian lets only the server's user and root do that.
 * @returns undefined when the server doesn't run
 */
export function killByPidFile(file: string): string[] | undefined {
  return existsSync(file) ? ['sh', '-c', 'kill "$(cat "$0")"', file] : undefined;
}
