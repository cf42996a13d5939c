/** What the answers of a file are like. */
interface Shape {
  /** Share of the lines with a second answer of control. */
  again: number;
  /** Fields that are made anew in each answer. */
  noisy: boolean;
  /** The candidate's answer as it is written. */
  candidate?: (order: object) => object;
}

/** What is measured: what is usual, and what takes the most work. */
export const shapes: Readonly<Record<string, Shape>> = {
  'equal to the letter': { again: 0, noisy: false },
  'five noisy fields': { again: 0, noisy: true },
  'five noisy fields, 10 % A/A': { again: 0.1, noisy: true },
  'five noisy fields, all A/A': { again: 1, noisy: true },
  'fields in another order': { again: 0.1, noisy: true, candidate: reversed },
  'list in another order': { again: 0.1, noisy: true, candidate: reordered },
  'numbers as 10.00': { again: 0.1, noisy: true, candidate: (order) => order },
};

const endpoints = ['GET /orders/{orderId}', 'GET /orders', 'POST /orders', 'GET /customers/{customerId}'];

/** A file of comparisons, as one buffer. */
export function writeLines(
  comparisons: number,
  { again, noisy, candidate = (order) => order }: Shape,
): Buffer {
  const exact = candidate !== reversed && candidate !== reordered && again === 0.1;
  const text = (order: object) =>
    exact ? JSON.stringify(order).replaceAll(/"total":(\d+)/g, '"total":$1.00') : JSON.stringify(order);
  const lines: Buffer[] = [];
  for (let index = 0; index < comparisons; index += 1) {
    const answer = (order: object) => ({
      status: 200,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        date: 'Sun, 22 Nov 2026 18:13:16 GMT',
        etag: `W/"${index}"`,
      },
      body: text(order),
    });
    const line = {
      endpoint: endpoints[index % endpoints.length],
      control: answer(orderOf(index, noisy)),
      candidate: answer(candidate(orderOf(index, noisy))),
      ...(index % 1_000 < again * 1_000 && { controlAgain: answer(orderOf(index, noisy)) }),
    };
    lines.push(Buffer.from(`${JSON.stringify(line)}\n`));
  }
  return Buffer.concat(lines);
}

let made = 0;

/** 2 KiB as JSON. */
function orderOf(index: number, noisy: boolean): { items: object[] } {
  made += 1;
  const moment = noisy ? 1_795_000_000_000 + made * 7 : 1_795_000_000_000;
  const items = Array.from({ length: 13 }, (_, at) => ({
    productId: `4${index % 977}${at}`,
    description: `WHITE HANGING HEART T-LIGHT HOLDER ${at}`,
    quantity: (index * at) % 24,
    price: ((index * 37 + at * 119) / 100).toFixed(2),
    tags: ['gift', 'home'],
    inStock: at % 3 !== 0,
  }));
  return {
    orderId: `0190${index}`,
    status: 'confirmed',
    total: 123 + index,
    items,
    servedAt: new Date(moment).toISOString(),
    requestId: `r${noisy ? made : index}-7f3a9c`,
    score: noisy ? (made % 1_000) / 1_000 : 0.5,
    cached: noisy ? made % 3 === 0 : false,
    node: noisy ? `node-${made % 4}` : 'node-1',
  } as never;
}

function reversed(order: object): object {
  return Object.fromEntries(Object.entries(order).reverse());
}

function reordered(order: object): object {
  return { ...order, items: (order as { items: object[] }).items.toReversed() };
}
