import { ErrorCode, type NatsConnection, NatsError, RequestStrategy } from 'nats';
import { guarded } from '#platform/telemetry/guarded.js';

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
 * Asks once who has registered under a name; every instance that is there answers. Nobody is ever asked for all names: an
 * account may answer for its own name only, but any could answer such a question.
 * @throws when NATS can't be asked
 */
export async function findInstances(nats: NatsConnection, name: string): Promise<FoundInstance[]> {
  return (await askInstances(nats, name)) ?? [];
}

/** @returns undefined where the broker says that nobody is there, nothing where nobody answers, not even the broker */
async function askInstances(
  nats: NatsConnection,
  name: string,
  id?: string,
): Promise<FoundInstance[] | undefined> {
  const asked = nats.services.client({
    strategy: RequestStrategy.JitterTimer,
    maxWait: patience,
    jitter: patience,
  });
  const found: FoundInstance[] = [];
  try {
    for await (const { id: own, name: called, version, metadata, endpoints } of await asked.info(name, id)) {
      if (called !== name) continue;
      const subjects = endpoints.map(({ subject }) => subject);
      found.push({ id: own, name: called, version, metadata: metadata ?? {}, subjects });
    }
  } catch (error) {
    if (!isNobodyThere(error)) throw error;
    return undefined;
  }
  return found;
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof NatsError && error.code === String(ErrorCode.NoResponders);
}

/** An instance of which the broker says so many times in a row that it is not there is gone. */
const absencesUntilGone = 3;

/** Milliseconds after the broker was away or silent for which instances have time to come back to it. */
const returnTime = 10_000;

/**
 * Looks again and again who has registered. An instance is gone when the broker says so. Silence says nothing of it: of a broker
 * that hangs or is away, or of an instance whose connection stands; then what was known stays.
 * @param every milliseconds between two looks
 * @param changed called with all known instances when one has come or gone
 * @returns stops looking
 */
export function followInstances(
  nats: () => NatsConnection | undefined,
  name: string,
  every: number,
  changed: (instances: FoundInstance[]) => void,
): () => void {
  const known = new Map<string, { instance: FoundInstance; absences: number }>();
  let busy = false;
  /** When the broker did not answer, by the steady clock. */
  let silentAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    if (busy) return;
    busy = true;
    const connection = nats();
    try {
      if (!connection) throw new Error('there is no connection');
      const found = await askInstances(connection, name);
      if (found?.length === 0) throw new Error('nobody answers');
      const absent = await findAbsent(connection, found);
      // Answers that were lost with the connection say nothing about who is there.
      if (nats() !== connection) throw new Error('the connection was lost');
      take(found ?? [], absent);
    } catch {
      // What is known stays, and a later look tells more.
      silentAt = performance.now();
    } finally {
      busy = false;
    }
  }

  /** Those of the known that the broker knows no more. @param found who has answered; undefined where nobody is there */
  async function findAbsent(
    connection: NatsConnection,
    found: readonly FoundInstance[] | undefined,
  ): Promise<FoundInstance[]> {
    const here = new Set(found?.map(({ id }) => id));
    const silent = [...known.values()].flatMap(({ instance }) => (here.has(instance.id) ? [] : [instance]));
    if (!found) return silent;
    const answers = await Promise.all(
      silent.map(async (instance) => ({
        instance,
        isAbsent: (await askInstances(connection, instance.name, instance.id)) === undefined,
      })),
    );
    return answers.flatMap(({ instance, isAbsent }) => (isAbsent ? [instance] : []));
  }

  function take(found: readonly FoundInstance[], absent: readonly FoundInstance[]): void {
    const mayBeReturning = performance.now() - silentAt < returnTime;
    let different = false;
    for (const [id, entry] of known) {
      const isAbsent = !mayBeReturning && absent.includes(entry.instance);
      entry.absences = isAbsent ? entry.absences + 1 : 0;
      if (entry.absences >= absencesUntilGone) different = known.delete(id);
    }
    for (const instance of found) {
      if (known.has(instance.id)) continue;
      known.set(instance.id, { instance, absences: 0 });
      different = true;
    }
    if (different) changed([...known.values()].map(({ instance }) => instance));
  }

  void look();
  const timer = setInterval(guarded('a look for instances', look), every);
  timer.unref();
  return () => clearInterval(timer);
}
