import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Prepares the data folder of a whole shop that has been started once, and stopped. Suites copy it: their shops find
 * filled databases and streams, and start in half of the time.
 * @param root folder of the repository, with a current build in `dist`
 * @throws with everything that the start printed, unless the shop was up and ended well
 */
export async function makeShopTemplate(root: string, dataDir: string, signal: AbortSignal): Promise<void> {
  const program = join(root, 'dist/deploy/local/main.js');
  const child = spawn(process.execPath, [program, '--data-dir', dataDir, '--ports', 'auto'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      printed += data.toString();
      if (/^Up in /m.test(printed)) end();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', end);
  if (code !== 0 || !/^Up in /m.test(printed))
    throw new Error(`the shop that suites copy ended with ${code}:\n${printed}`);
  // Ports and logs are each shop's own.
  for (const name of ['ports.json', 'processes.json', 'logs'])
    rmSync(join(dataDir, name), { recursive: true, force: true });
}
