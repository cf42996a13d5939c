import { guarded } from '#platform/telemetry/guarded.js';

/** Milliseconds between two looks. */
const lookEvery = 250;

/**
 * Calls back once the process that started this one has ended, where that is npm: `npx` passes a signal on to the shell in between,
 * which ends and leaves its command running. A process that somebody else started may outlive them, as by `nohup`.
 * @returns stops looking
 */
export function onOrphaned(
  { npm_command }: Record<string, string | undefined>,
  orphaned: () => void,
): () => void {
  if (npm_command === undefined) return () => undefined;
  const parent = process.ppid;
  const look = () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    orphaned();
  };
  const timer = setInterval(guarded('looking for the parent process', look), lookEvery);
  timer.unref();
  return () => clearInterval(timer);
}
