import { ErrorCode, type NatsConnection, NatsError, RequestStrategy } from 'nats';

/** One registered instance of a program. */
export interface FoundInstance {
  id: string;
  name: string;
  version: string;
  metadata: Record<string, string>;
  /** What it answers on. */
  subjects: string[];
}

/** Longest wait for the first answer and for each further one, in milliseconds. */
const patience = 300;

/**
 * Asks once who has registered; every instance that is there answers.
 * @param name all, where it is not given
 * @throws when NATS can't be asked
 */
export async function findInstances(nats: NatsConnection, name?: string): Promise<FoundInstance[]> {
  const asked = nats.services.client({
    strategy: RequestStrategy.JitterTimer,
    maxWait: patience,
    jitter: patience,
  });
  const found: FoundInstance[] = [];
  try {
    for await (const { id, name: called, version, metadata, endpoints } of await asked.info(name)) {
      const subjects = endpoints.map(({ subject }) => subject);
      found.push({ id, name: called, version, metadata: metadata ?? {}, subjects });
    }
  } catch (error) {
    if (!isNobodyThere(error)) throw error;
  }
  return found;
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof NatsError && error.code === String(ErrorCode.NoResponders);
}

/** An instance that was silent so many times in a row is gone. */
const silencesUntilGone = 3;

/**
 * Looks again and again who has registered. While NATS is away nothing changes: what was known stays.
 * @param name all, where it is undefined
 * @param every milliseconds between two looks
 * @param changed called with all known instances when one has come or gone
 * @returns stops looking
 */
export function followInstances(
  nats: () => NatsConnection | undefined,
  name: string | undefined,
  every: number,
  changed: (instances: FoundInstance[]) => void,
): () => void {
  const known = new Map<string, { instance: FoundInstance; silences: number }>();
  let busy = false;

  async function look(): Promise<void> {
    const connection = nats();
    if (!connection || busy) return;
    busy = true;
    try {
      const found = await findInstances(connection, name);
      // Answers that were lost with the connection say nothing about who is there.
      if (nats() === connection) take(found);
    } catch {
      // NATS went away while it was asked: what is known stays, and the next look tells more.
    } finally {
      busy = false;
    }
  }

  function take(found: readonly FoundInstance[]): void {
    let different = false;
    for (const [id, entry] of known) {
      entry.silences = found.some((instance) => instance.id === id) ? 0 : entry.silences + 1;
      if (entry.silences >= silencesUntilGone) different = known.delete(id);
    }
    for (const instance of found) {
      if (known.has(instance.id)) continue;
      known.set(instance.id, { instance, silences: 0 });
      different = true;
    }
    if (different) changed([...known.values()].map(({ instance }) => instance));
  }

  void look();
  const timer = setInterval(() => void look(), every);
  timer.unref();
  return () => clearInterval(timer);
}
