import type { Answer } from '../../index.js';
import { seededRandom } from '../../statistics/random.js';

/** An answer before it is written as text; tests change it. */
export interface GeneratedAnswer {
  status: number;
  headers: Record<string, string>;
  // A test changes whatever it likes.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is below, and is broken on purpose
  body: any;
}

export type Random = () => number;

/** The answer to a request, as control gives it: what belongs to the request is the same each time, the rest is noise. */
export function answerTo(request: number, noise: Random): GeneratedAnswer {
  const fixed = seededRandom(request * 7_919 + 17);
  const cents = 100 + Math.floor(fixed() * 90_000);
  const items = Array.from({ length: 2 + Math.floor(fixed() * 4) }, (_, at) => ({
    sku: `S${request}-${at}`,
    name: pick(['cup', 'plate', 'lamp', 'chair'], fixed),
    quantity: 1 + Math.floor(fixed() * 9),
    unitPrice: (Math.floor(fixed() * 5_000) / 100).toFixed(2),
  }));
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'private, max-age=60',
      ETag: `"${request}-${cents}"`,
      Date: new Date(1.795e12 + noise() * 1e9).toUTCString(),
      'X-Trace': hex(noise, 32),
      'Set-Cookie': `sid=${hex(noise, 40)}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600`,
    },
    body: {
      orderId: `0190${request}`,
      status: pick(['placed', 'confirmed', 'sent'], fixed),
      total: (cents / 100).toFixed(2),
      vat: Math.round(cents * 0.19) / 100,
      weight: Math.floor(fixed() * 1e6) / 1e3,
      currency: 'EUR',
      paid: fixed() < 0.7,
      note: fixed() < 0.3 ? null : pick(['leave at the door', 'ring twice'], fixed),
      placedAt: new Date(1.79e12 + Math.floor(fixed() * 1e9)).toISOString(),
      customer: {
        name: pick(['Ann', 'Bob'], fixed),
        mail: `c${request % 90}@example.org`,
        points: Math.floor(fixed() * 500),
      },
      items,
      page: { offset: 20 * (request % 5), limit: 20, total: 93 },
      history: Array.from({ length: 3 }, (_, at) => `step ${at} of ${request}`),
      // From here on all is noise.
      servedAt: new Date(1.795e12 + request * 1_000 + Math.floor(noise() * 700)).toISOString(),
      requestId: uuid(noise),
      token: hex(noise, 32),
      score: Math.floor(noise() * 100) / 100,
      latency: 1 + Math.floor(noise() * 200),
      balance: Math.floor(noise() * 10_000) / 100,
      cached: noise() < 0.1,
      node: pick(['a', 'b', 'c'], noise),
      download: `https://files.example.org/${hex(noise, 20)}`,
      tags: shuffled(['new', 'gift', 'sale', `t${request % 40}`], noise),
      related: shuffled(
        Array.from({ length: 5 }, (_, at) => ({
          id: request * 10 + at,
          title: `title ${at}`,
          price: 5 + at,
        })),
        noise,
      ),
      ranking: [
        { id: 1, by: 'editor' },
        ...shuffled(
          [2, 3, 4, 5].map((id) => ({ id, by: 'sales' })),
          noise,
        ),
      ],
    },
  };
}

/** As it goes over the network. */
export function written({ status, headers, body }: GeneratedAnswer): Answer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

export function pick<Value>(list: readonly Value[], random: Random): Value {
  return list[Math.floor(random() * list.length)]!;
}

export function hex(random: Random, length: number): string {
  let text = '';
  while (text.length < length)
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, length);
}

export function uuid(random: Random): string {
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`;
}

export function shuffled<Value>(list: readonly Value[], random: Random): Value[] {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]!);
}
