import { instanceSubject, type ServiceEndpoint } from '#contracts/strangler/service-endpoint.js';
import {
  type Candidate,
  chooseInstance,
  isWell,
  noteFailure,
  noteSuccess,
} from '#platform/discovery/choose-instance.js';
import { type FoundInstance, followInstances } from '#platform/discovery/find-instances.js';
import { AppError } from '#platform/errors/app-error.js';
import { statusOf } from '#platform/errors/problem-details.js';
import type { Outcome } from '#platform/resilience/breaker.js';
import type { Shields } from '#platform/resilience/shields.js';
import { type Ask, askService, type Reply } from './ask-service.js';
import type { NatsLink } from './link-nats.js';

/** A program's way to ask others. */
export interface Asker {
  ask: Ask;
  close(): void;
}

/** An instance that answers questions. */
interface Answering extends Candidate {
  id: string;
  subjects: ReadonlySet<string>;
}

/** Puts a question; to whoever takes it, where no subject is given. */
type Put<Answer> = (subject?: string) => Promise<Reply<Answer>>;

/** Milliseconds between two looks for instances. */
const lookEvery = 1_000;

/**
 * Asks over NATS: the least loaded instance that is well, and another one where that is gone. Each capability and side
 * has a shield: not more is asked of it at a time than it can take, and nothing while it does not answer.
 * @param names that those who answer have in discovery
 * @param minTimeoutMs shortest wait for an answer: where a question's own limit is shorter, this one holds
 */
export function openAsker(
  link: NatsLink,
  shields: Shields,
  names: readonly string[],
  minTimeoutMs = 0,
): Asker {
  const instances = new Map<string, Answering[]>();
  let turn = 0;
  const stops = names.map((name) =>
    followInstances(
      () => link.connection(),
      name,
      lookEvery,
      (found) => instances.set(name, merge(instances.get(name) ?? [], found)),
    ),
  );
  const ableTo = (endpoint: ServiceEndpoint) =>
    [...instances.values()].flat().filter(({ id, subjects }) => subjects.has(instanceSubject(endpoint, id)));

  /** A question that nobody took is put to the next: those that are gone are known as such only afterwards. */
  async function askOne<Answer>(endpoint: ServiceEndpoint, put: Put<Answer>): Promise<Reply<Answer>> {
    const gone = new Set<Answering>();
    for (;;) {
      const able = ableTo(endpoint).filter((instance) => !gone.has(instance));
      const instance = link.connection() ? chooseInstance(able, turn++, performance.now()) : undefined;
      // Who has just come is not known yet, but is among those who share the questions.
      if (!instance) return put();
      const reply = await putTo(instance, () => put(instanceSubject(endpoint, instance.id)));
      if (reply.kind !== 'unreachable') return reply;
      gone.add(instance);
    }
  }

  /** While another instance is well, silence says something of one instance only. */
  function judge(endpoint: ServiceEndpoint, reply: Reply<unknown>): Outcome {
    if (reply.kind === 'answer' || reply.kind === 'refused') return 'succeeded';
    if (reply.kind === 'unreachable') return 'abandoned';
    if (isWord(reply.cause)) return statusOf(reply.cause) === 500 ? 'succeeded' : 'failed';
    return ableTo(endpoint).some(isWell) ? 'abandoned' : 'failed';
  }

  return {
    ask: async (endpoint, request, ownTimeout) => {
      const { capability } = endpoint;
      const timeout = Math.max(ownTimeout, minTimeoutMs);
      const reply = await shields.before(capability).run(
        () => askOne(endpoint, (subject) => askService(link, endpoint, request, timeout, subject)),
        (said) => judge(endpoint, said),
      );
      const cause = new Error(
        `${capability} has failed a moment ago, or has too much to do: it was not asked`,
      );
      return reply ?? { kind: 'unreachable', cause };
    },
    close: () => stops.forEach((stop) => stop()),
  };
}

/** Remembers how an instance did. @returns `unreachable` where it is gone */
async function putTo<Answer>(instance: Answering, put: Put<Answer>): Promise<Reply<Answer>> {
  instance.inFlight += 1;
  try {
    const reply = await put();
    const silent = reply.kind === 'unreachable' || (reply.kind === 'unanswered' && !isWord(reply.cause));
    if (silent) noteFailure(instance, performance.now(), true);
    else noteSuccess(instance);
    return reply;
  } finally {
    instance.inFlight -= 1;
  }
}

/** It is the other program's own word, rather than its silence. */
function isWord(cause: unknown): boolean {
  return cause instanceof AppError;
}

/** Those that are known keep what is remembered of them. */
function merge(known: readonly Answering[], found: readonly FoundInstance[]): Answering[] {
  return found.map(
    ({ id, subjects }) =>
      known.find((one) => one.id === id) ?? {
        ...{ id, subjects: new Set(subjects) },
        ...{ inFlight: 0, failuresInARow: 0, ejectedUntil: 0 },
      },
  );
}
