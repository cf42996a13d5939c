import { setTimeout as sleep } from 'node:timers/promises';
import { register, type Registered } from '#platform/discovery/register.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** The program beside the sidecar, which knows nothing of discovery. */
export interface Program {
  name: string;
  version: string;
  /** Base address, `http://host:port`. */
  url: string;
}

/** Between two looks at its health, and longest wait for the answer, in milliseconds. */
const lookEvery = 500;
const patience = 1_000;
/** One answer that fails to come may be bad luck. */
const failuresUntilGone = 2;

/**
 * Keeps a program findable for as long as it says that it is ready.
 * @returns a function that ends it, and withdraws the program
 */
export function registerProgram(nats: NatsConnection, program: Program, logger: Logger): () => Promise<void> {
  const ending = new AbortController();

  async function run(): Promise<void> {
    let registered: Registered | undefined;
    let failures = 0;
    while (!ending.signal.aborted) {
      failures = (await isReady(program.url)) ? 0 : failures + 1;
      try {
        if (failures === 0) registered ??= await announce();
        if (failures >= failuresUntilGone && registered) {
          const gone = registered;
          registered = undefined;
          await gone.withdraw();
          logger.warn({ program: program.name }, 'withdrawn from discovery, since it is not ready');
        }
      } catch (error) {
        logger.warn({ program: program.name, err: error }, 'discovery could not be told, trying again');
      }
      await sleep(lookEvery, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    await registered?.withdraw().catch(() => undefined);
  }

  async function announce(): Promise<Registered> {
    const { name, version, url } = program;
    const announced = await register(nats, { name, version, metadata: { url } });
    logger.info({ program: name, url }, 'registered in discovery');
    return announced;
  }

  const running = run();
  return async () => {
    ending.abort();
    await running;
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(patience) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
