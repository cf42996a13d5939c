import {
  type AnswerScript,
  answers,
  handshake,
  handshakeAnswers,
  type RequestScript,
  requests,
} from './scripts.js';

export const faults = ['reset', 'half-close', 'garbage', 'silence'] as const;
/** `none` for an exchange in good order: a mistake may show in those alone. */
export type Fault = (typeof faults)[number] | 'none';

/** One exchange, and what goes wrong in it: at which byte of the request or the answer, on whose side. */
export interface PlannedExchange {
  id: number;
  request: RequestScript;
  answer: AnswerScript;
  fault: Fault;
  of: 'request' | 'answer';
  by: 'client' | 'upstream';
  at: number;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes from the beginning of which each is a place of its own; what stands behind them, in a large body, is all alike. */
const walked = 400;

/** Part of the exchanges that nothing goes wrong in. */
const inGoodOrder = 0.15;

type Place = Pick<PlannedExchange, 'of' | 'by' | 'fault' | 'at'> & { script: RequestScript | AnswerScript };

/** Each byte of each request and answer, each fault, and either side. */
function allPlaces(): Place[] {
  const sides = ['client', 'upstream'] as const;
  const scripts = [
    ...[...requests, handshake].map((script) => ({ of: 'request' as const, script })),
    ...[...answers, ...handshakeAnswers].map((script) => ({ of: 'answer' as const, script })),
  ];
  const bytes = scripts.flatMap(({ of, script }) =>
    Array.from({ length: Math.min(script.text.length, walked) + 1 }, (_, at) => ({ of, script, at })),
  );
  return bytes.flatMap((byte) => sides.flatMap((by) => faults.map((fault) => ({ ...byte, by, fault }))));
}

/** How many exchanges it takes as a rule until each byte has failed in each way, on either side. */
export function exchangesForEveryByte(): number {
  return Math.ceil(allPlaces().length / (1 - inGoodOrder));
}

/** Exchanges without end, all places once in each round, in an order by chance: the same for the same seed. */
export function* planExchanges(seed: number): Generator<PlannedExchange, never> {
  const random = seeded(seed);
  let id = 0;
  for (;;)
    for (const place of shuffled(allPlaces(), random)) {
      while (random() < inGoodOrder) yield planExchange(++id, { ...place, fault: 'none' }, random);
      yield planExchange(++id, place, random);
    }
}

function planExchange(
  id: number,
  { script, of, by, fault, at }: Place,
  random: () => number,
): PlannedExchange {
  const one = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)]!;
  const beyond = at === walked ? Math.floor(random() * (script.text.length - walked + 1)) : 0;
  const plan = { id, of, by, fault, at: at + beyond };
  if (of === 'request') {
    const request: RequestScript = script;
    return { ...plan, request, answer: one(request.upgrades && random() < 0.8 ? handshakeAnswers : answers) };
  }
  const answer: AnswerScript = script;
  const toHandshake = handshakeAnswers.includes(answer) || random() < 0.1;
  return { ...plan, answer, request: toHandshake ? handshake : one(requests) };
}

/** By Fisher and Yates. */
function shuffled<Item>(list: Item[], random: () => number): Item[] {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
  return list;
}

/** As a report names it. */
export function nameOf({ id, request, answer, fault, of, by, at }: PlannedExchange): string {
  if (fault === 'none') return `${id}: ${request.name}, answered by ${answer.name}, without a fault`;
  return `${id}: ${request.name}, answered by ${answer.name}; ${fault} by the ${by} at byte ${at} of the ${of}`;
}
