import { randomUUID } from 'node:crypto';
import { type OrderFile, withOrderFile } from '../import/open-order-file.js';
import { readInvoices } from '../import/read-invoices.js';
import { surveyFile } from '../import/survey-file.js';
import { paceSteps } from './pace-steps.js';
import { rememberPlacedOrders } from './placed-orders.js';
import { planSteps, type ReplayStep } from './plan-steps.js';
import { type ReplaySummary, summarise } from './replay-summary.js';
import { createTally } from './replay-tally.js';
import { runInLanes } from './run-in-lanes.js';
import { createApiClient } from './send-request.js';
import { watchStock } from './stock-watch.js';
import { takeStep } from './take-step.js';

export type { ReplaySummary };

export interface ReplayRequest {
  /** An order file as the import takes it. */
  file: string;
  /** Base URL of the shop, usually that of a gateway. */
  to: string;
  /** Multiple of the speed at which the file's orders were placed; 0: as fast as the shop answers. */
  speed: number;
  /** How many customers are served at once; each has a connection of its own. */
  clients: number;
  /** Only the first so many invoices and credit notes. */
  limit?: number | undefined;
  /** After each order, read the stock of its products, and check that it is never older than the order. */
  readStock?: boolean | undefined;
  /** Part of every Idempotency-Key. The same file under the same id places nothing twice, for 24 hours. */
  runId?: string | undefined;
  onProgress?: ((progress: ReplayProgress) => void) | undefined;
  /** Ends the replay after the requests that are under way. */
  signal?: AbortSignal | undefined;
}

interface ReplayProgress {
  /** Orders and cancellations that have been sent, and are answered. */
  done: number;
  unexpected: number;
}

/**
 * Places a file's invoices as orders through the shop's public API, and its credit notes as cancellations, in order
 * per customer.
 * @throws AppError `invalid_file`; whatever the shop answers is part of the summary
 */
export function runReplay(request: ReplayRequest): Promise<ReplaySummary> {
  return withOrderFile(request.file, (file) => replayFile(file, request));
}

async function replayFile(file: OrderFile, request: ReplayRequest): Promise<ReplaySummary> {
  const { to, clients, signal, runId = randomUUID(), readStock = false } = request;
  const { lines, lastLines } = await surveyFile(file);
  const counts = { placed: 0, declined: 0, outOfStock: 0, cancelled: 0, unmatched: 0, rejectedLines: 0 };
  const api = createApiClient(to, clients);
  const tally = createTally();
  const shared = { api, tally, runId, readStock, placed: rememberPlacedOrders(), stock: watchStock(clients) };
  const began = performance.now();
  let done = 0;
  try {
    await runInLanes({
      steps: readSteps(file, request, lastLines, () => (counts.rejectedLines += 1)),
      laneOf: ({ customerId }) => customerId,
      workers: clients,
      signal,
      run: async (step, client) => {
        const outcome = await takeStep({ ...shared, client }, step);
        if (outcome) counts[outcome] += 1;
        request.onProgress?.({ done: (done += 1), unexpected: tally.unexpected() });
      },
    });
  } finally {
    await api.close();
  }
  const seconds = (performance.now() - began) / 1000;
  return summarise(
    { file: file.name, lines, to, runId, aborted: signal?.aborted === true, seconds, ...counts },
    tally.result(),
  );
}

function readSteps(
  file: OrderFile,
  { speed, limit = Infinity, signal }: ReplayRequest,
  lastLines: ReadonlyMap<string, number>,
  onRejected: () => void,
): AsyncGenerator<ReplayStep> {
  async function* steps() {
    let invoices = 0;
    for await (const invoice of readInvoices(file, lastLines, onRejected)) {
      if ((invoices += 1) > limit) return;
      yield* planSteps(invoice);
    }
  }
  return paceSteps(steps(), speed, signal);
}
