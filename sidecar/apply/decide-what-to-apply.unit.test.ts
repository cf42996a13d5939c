import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeMessage, Position } from '#contracts/strangler/change-message.js';
import { countWhole, decideWhatToApply } from './decide-what-to-apply.js';

const start: Position = { chain: 'c', seq: 0, origin: null, gtid: null, offset: 0 };

/** The message of the n-th transaction; `cut` makes other places of it, as another reading might. */
function message(
  seq: number,
  previous: Position,
  transaction: number,
  run = 'r',
  last = true,
): ChangeMessage {
  const position: Position = {
    chain: previous.chain,
    seq,
    origin: 'o',
    gtid: `0-1-${transaction}`,
    offset: last ? 0 : 1,
  };
  return {
    capability: 'any',
    from: 'monolith',
    run,
    previous,
    position,
    last,
    committedAt: 0,
    changes: [{ table: 't', op: 'insert', after: { id: transaction } }],
    signals: [],
  };
}

/** Messages after a place, up to and with transaction `to`. */
function chain(from: Position, to: number, run = 'r'): ChangeMessage[] {
  const messages: ChangeMessage[] = [];
  let place = from;
  for (let transaction = transactionOf(from) + 1; transaction <= to; transaction += 1) {
    const next = message(place.seq + 1, place, transaction, run);
    messages.push(next);
    place = next.position;
  }
  return messages;
}

function transactionOf({ gtid }: Position): number {
  return gtid === null ? 0 : Number(gtid.split('-')[2]);
}

describe('what an applier does with what is delivered', () => {
  it('is to apply what goes on where the replica is', () => {
    const messages = chain(start, 3);
    expect(decideWhatToApply(start, messages)).toEqual({ apply: messages, dropped: 0 });
  });

  it('is to drop what it has', () => {
    const messages = chain(start, 5);
    const decision = decideWhatToApply(messages[2]?.position ?? start, messages);
    expect(decision).toEqual({ apply: messages.slice(3), dropped: 3 });
  });

  it('is to name a gap and apply nothing behind it', () => {
    const messages = chain(start, 5);
    const decision = decideWhatToApply(start, [...messages.slice(0, 2), ...messages.slice(3)]);
    expect(decision.apply).toEqual(messages.slice(0, 2));
    expect(decision.gap).toEqual(messages[4]);
  });

  it('is to go on after a gap that is closed in the same delivery', () => {
    const messages = chain(start, 5);
    const [first] = messages;
    const again = chain(first?.position ?? start, 5, 'r2');
    const decision = decideWhatToApply(start, [...messages.slice(0, 1), ...messages.slice(3), ...again]);
    expect(decision).toEqual({ apply: [first, ...again], dropped: 0 });
  });

  it('is a gap when the sequence fits but the place does not', () => {
    const other = message(1, { ...start, chain: 'other' }, 7);
    expect(decideWhatToApply(start, [other])).toEqual({ apply: [], dropped: 0, gap: other });
  });

  it('is a gap when the place fits by its numbers but follows on another transaction', () => {
    const at = (position: Position, committedAt: number) => ({
      ...position,
      last: { before: '', committedAt },
    });
    const [first, second] = chain(start, 2) as [ChangeMessage, ChangeMessage];
    const known = at(first.position, 1_000);
    const next = { ...second, previous: at(first.position, 2_000) };
    expect(decideWhatToApply(known, [next])).toEqual({ apply: [], dropped: 0, gap: next });
    expect(decideWhatToApply(at(first.position, 2_000), [next]).apply).toEqual([next]);
    // A place from before the last transaction was kept can't tell.
    expect(decideWhatToApply(first.position, [next]).apply).toEqual([next]);
  });

  it('is never to skip or repeat a change, whatever the stream loses, repeats or mixes', () => {
    // A stream as a broken broker may leave it: pieces of readings that began at any place that was ever reached.
    const piece = fc.record({
      from: fc.nat(20),
      to: fc.nat(20),
      lose: fc.array(fc.nat(20), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(6)), (pieces, cuts) => {
        const whole = chain(start, 20);
        const places = [start, ...whole.map(({ position }) => position)];
        const stream = pieces.flatMap(({ from, to, lose }, index) =>
          chain(places[from] ?? start, to, `r${index}`).filter((_, at) => !lose.includes(at)),
        );
        const applied = deliverInPieces(stream, cuts);
        expect(applied.map((one) => transactionOf(one.position))).toEqual(
          applied.map((_, index) => index + 1),
        );
      }),
    );
  });

  it('is to end up with everything once the capture has sent again what was missing', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(19), { maxLength: 10 }), (lost) => {
        const stream = chain(start, 20).filter((_, at) => !lost.includes(at));
        const { apply, gap } = decideWhatToApply(start, stream);
        const place = apply.at(-1)?.position ?? start;
        const repaired = gap
          ? decideWhatToApply(place, [...stream, ...chain(place, 20, 'r2')])
          : { apply: [] };
        const reached = [...apply, ...repaired.apply].length;
        expect(reached).toBe(gap ? 20 : apply.length);
      }),
    );
  });
});

function deliverInPieces(stream: ChangeMessage[], cuts: number[]): ChangeMessage[] {
  const applied: ChangeMessage[] = [];
  let rest = stream;
  for (let turn = 0; rest.length > 0; turn += 1) {
    const size = (cuts[turn % Math.max(1, cuts.length)] ?? 0) + 1;
    applied.push(...decideWhatToApply(applied.at(-1)?.position ?? start, rest.slice(0, size)).apply);
    rest = rest.slice(size);
  }
  return applied;
}

const sized = (...messages: ChangeMessage[]) => messages.map((one) => ({ message: one, bytes: 5 }));

describe('a transaction of several messages', () => {
  const [whole] = chain(start, 1);
  const first = message(2, whole?.position ?? start, 2, 'r', false);
  const second = message(3, first.position, 2);

  it('is held back until its last message is here', () => {
    const most = { rows: 10, bytes: 100 };
    expect(countWhole(sized(whole ?? first, first), most)).toBe(1);
    expect(countWhole(sized(whole ?? first, first, second), most)).toBe(3);
  });

  it('is applied in pieces when it is too large to hold', () => {
    const large = { ...first, changes: [{ table: 't', op: 'delete' as const }] };
    expect(countWhole(sized(large), { rows: 0, bytes: 100 })).toBe(1);
    expect(countWhole(sized(large), { rows: 1, bytes: 100 })).toBe(0);
    expect(countWhole(sized(large, large), { rows: 9, bytes: 9 })).toBe(2);
  });
});
