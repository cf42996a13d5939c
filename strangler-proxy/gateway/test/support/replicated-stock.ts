import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { type AppliedUpTo, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { bodyOf, startUpstream, type Upstream } from './upstream.js';

/** A monolith that owns numbers by key, and a service with a replica of them that lags. */
export interface ReplicatedStock {
  monolith: Upstream;
  service: Upstream;
  /** Milliseconds that the replica is behind. */
  setLag(lag: number): void;
  /** The replica stops, or goes on. */
  run(running: boolean): void;
  /** Answers all that hangs. */
  letGo(): void;
  end(): Promise<void>;
}

/**
 * `PUT /stock/{key}` sets a number, `GET` reads it; `POST /orders` sets those of its items, `POST /orders/{id}/cancel`
 * those that it answers with; `GET /stock` lists all. `?hang` writes, and answers when the test lets it.
 */
export async function startReplicatedStock(
  nats: NatsConnection,
  capability: string,
): Promise<ReplicatedStock> {
  const owned = new Map<string, number>();
  const replica = new Map<string, number>();
  let commits: { at: number; key: string; value: number }[] = [];
  let lag = 100;
  let running = true;
  let hanging: (() => void)[] = [];
  const commit = (key: string, value: number) => {
    owned.set(key, value);
    commits.push({ at: Date.now(), key, value });
  };

  const monolith = await startUpstream(async (incoming, response) => {
    const [path = '', query] = (incoming.url ?? '').split('?');
    const [, table, key = '', verb] = path.split('/');
    const body = await bodyOf(incoming);
    if (incoming.method === 'GET') return answer(response, owned, key);
    if (table === 'stock') commit(key, Number(body));
    const items = table === 'orders' ? itemsOf(verb ? { id: key, value: Number(body) } : parse(body)) : [];
    for (const { productId, value } of items) commit(productId, value);
    const done = () => void response.end(JSON.stringify({ items }));
    if (query === 'hang') hanging.push(done);
    else done();
  });
  const service = await startUpstream((incoming, response) =>
    answer(response, replica, incoming.url?.split('/')[2] ?? ''),
  );

  const timer = setInterval(() => {
    if (!running) return;
    const writtenAt = Date.now() - lag;
    for (const { at, key, value } of commits) if (at <= writtenAt) replica.set(key, value);
    commits = commits.filter(({ at }) => at > writtenAt);
    const said: AppliedUpTo = { capability, side: 'service', writtenAt, appliedAt: Date.now() };
    nats.publish(appliedUpToSubject(capability, 'service'), JSON.stringify(said));
  }, 20);

  return {
    monolith,
    service,
    setLag: (milliseconds) => (lag = milliseconds),
    run: (on) => (running = on),
    letGo() {
      for (const done of hanging) done();
      hanging = [];
    },
    async end() {
      clearInterval(timer);
      await Promise.all([monolith.kill(), service.kill()]);
    },
  };
}

interface Item {
  productId: string;
  value: number;
}

function parse(body: string): { items: Item[] } {
  try {
    return JSON.parse(body) as { items: Item[] };
  } catch {
    return { items: [] };
  }
}

/** What cancelling touches stands in the answer alone: the order's own id, for this purpose. */
function itemsOf(order: { items?: Item[]; id?: string; value?: number }): Item[] {
  return order.items ?? [{ productId: order.id ?? '', value: order.value ?? 0 }];
}

function answer(response: { end(body: string): void }, stock: Map<string, number>, key: string): void {
  response.end(key ? String(stock.get(key) ?? 0) : JSON.stringify(Object.fromEntries(stock)));
}
