import { setTimeout as sleep } from 'node:timers/promises';

/** Clients that read stock through the gateway until they are told to stop. */
export interface StockReaders {
  /** Answers since the start, or since the last `countAfresh`. */
  answers(): number;
  answersBy(side: 'monolith' | 'service'): number;
  countAfresh(): void;
  /** All answers since the start. */
  total(): number;
  /** Every answer other than 200 and every request without an answer, since the start. */
  failures(): string[];
  stop(): Promise<void>;
}

/**
 * Reads the stock of one product after another, with a rest between that is short but lets a small machine
 * do something else as well.
 */
export function watchReads(gateway: string, productIds: readonly string[], clients: number): StockReaders {
  const failures: string[] = [];
  let bySide: Record<string, number> = {};
  let total = 0;
  let running = true;

  async function read(path: string): Promise<void> {
    try {
      const answer = await fetch(new URL(path, gateway));
      await answer.arrayBuffer();
      const side = answer.headers.get('x-served-by') ?? 'nobody';
      bySide[side] = (bySide[side] ?? 0) + 1;
      total += 1;
      if (answer.status !== 200) failures.push(`GET ${path}: ${answer.status} by ${side}`);
    } catch (error) {
      failures.push(`GET ${path}: ${String((error as Error).cause ?? error)}`);
    }
  }

  async function readOn(client: number): Promise<void> {
    for (let turn = client; running; turn += clients) {
      await read(`/inventory/${productIds[turn % productIds.length]}`);
      await sleep(20);
    }
  }

  const all = Promise.all(Array.from({ length: clients }, (_, client) => readOn(client)));
  return {
    answers: () => Object.values(bySide).reduce((sum, count) => sum + count, 0),
    answersBy: (side) => bySide[side] ?? 0,
    countAfresh: () => (bySide = {}),
    total: () => total,
    failures: () => failures,
    stop: async () => {
      running = false;
      await all;
    },
  };
}
