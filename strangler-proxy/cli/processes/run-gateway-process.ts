import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '#platform/errors/app-error.js';
import { onOrphaned } from './on-orphaned.js';

/**
 * Runs a gateway in a process of its own, as long as it lives. What ends this one ends the gateway, which drains.
 * @param args those of the gateway's own program
 * @param environment of this process
 * @throws AppError `failed` when it ends otherwise than asked
 */
export async function runGatewayProcess(
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Promise<void> {
  const program = fileURLToPath(import.meta.resolve('../../gateway/main.js'));
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], { stdio: 'inherit' });
  // A terminal's Ctrl-C reaches both processes: answered by SIGTERM, it isn't a second Ctrl-C to the gateway.
  const end = () => void child.kill('SIGTERM');
  process.on('SIGINT', end).on('SIGTERM', end);
  const stopLooking = onOrphaned(environment, end);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => resolve(how));
  });
  stopLooking();
  process.off('SIGINT', end).off('SIGTERM', end);
  if (code !== 0) throw new AppError('failed', `The gateway has ended (${signal ?? `exit code ${code}`}).`);
}
