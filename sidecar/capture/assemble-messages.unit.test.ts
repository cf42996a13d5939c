import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChangeMessage, type Position, samePosition } from '#contracts/strangler/change-message.js';
import { assembleMessages, type MessageAssembler } from './assemble-messages.js';

const last = { before: '', committedAt: 5_000 };
const start: Position = { chain: 'c', seq: 0, origin: null, gtid: null, offset: 0 };

function assembler(from: Position, messages: ChangeMessage[], maxBytes = 1_000_000): MessageAssembler {
  return assembleMessages({
    capability: 'any',
    from: 'monolith',
    run: 'r',
    origin: 'o',
    tables: [{ table: 't', key: ['id'], columns: ['id', 'pad', 'n'] }],
    start: from,
    maxBytes,
    emit: (message) => messages.push(message),
  });
}

/** Writes transactions of some rows each; the n-th has the GTID 0-1-n. */
function write(into: MessageAssembler, sizes: readonly number[], from = 0, pad = 0): void {
  sizes.forEach((size, index) => {
    if (index < from) return;
    for (let row = 0; row < size; row += 1) {
      into.add('t', [{ after: { id: `${index}-${row}`, pad: 'x'.repeat(pad) } }], `0-1-${index}`);
    }
    into.commit(`0-1-${index + 1}`, last);
  });
}

const idsOf = (messages: ChangeMessage[]): unknown[] =>
  messages.flatMap(({ changes }) => changes.map(({ after }) => after?.['id']));

describe('a change', () => {
  it('is sent with the columns that are copied, and not at all where none of them has changed', () => {
    const messages: ChangeMessage[] = [];
    const into = assembler(start, messages);
    const before = { id: 'a', pad: Buffer.from('x'), shelf: 1 };
    into.add('t', [{ before, after: { ...before, pad: Buffer.from('x'), shelf: 2 } }], '0-1-0');
    into.commit('0-1-1', last);
    expect(messages).toEqual([]);
    into.add('t', [{ before, after: { ...before, pad: null, shelf: 2 } }, { before }], '0-1-1');
    into.commit('0-1-2', last);
    expect(messages[0]?.changes).toEqual([
      { table: 't', op: 'update', after: { id: 'a', pad: null } },
      { table: 't', op: 'delete', before: { id: 'a', pad: { base64: 'eA==' } } },
    ]);
  });
});

describe('a savepoint', () => {
  const ids = (into: MessageAssembler, ...names: string[]): void =>
    into.add(
      't',
      names.map((id) => ({ after: { id } })),
      '0-1-0',
    );

  it('takes back what came after it, as often as it is rolled back to', () => {
    const messages: ChangeMessage[] = [];
    const into = assembler(start, messages);
    ids(into, 'a');
    into.savepoint('one');
    ids(into, 'b', 'c');
    into.savepoint('two');
    ids(into, 'd');
    into.rollBackTo('two');
    ids(into, 'e');
    into.rollBackTo('one');
    ids(into, 'f');
    into.savepoint('two');
    ids(into, 'g');
    into.rollBackTo('two');
    into.commit('0-1-1', last);
    expect(idsOf(messages)).toEqual(['a', 'f']);
  });

  it('of another transaction is unknown', () => {
    const into = assembler(start, []);
    ids(into, 'a');
    into.savepoint('one');
    into.commit('0-1-1', last);
    expect(() => into.rollBackTo('one')).not.toThrow();
    ids(into, 'b');
    expect(() => into.rollBackTo('one')).toThrow('savepoint one');
  });

  it('can not take back what was sent, by this reading or an earlier one', () => {
    const long = { id: 'x'.repeat(200_000) };
    const write = (into: MessageAssembler): void => {
      into.add('t', [{ after: long }], '0-1-0');
      into.savepoint('one');
      for (let row = 0; row < 3; row += 1) into.add('t', [{ after: long }], '0-1-0');
      into.rollBackTo('one');
    };
    const messages: ChangeMessage[] = [];
    expect(() => write(assembler(start, messages))).toThrow('had been sent');
    expect(() => write(assembler(messages.at(-1)?.position ?? start, []))).toThrow('had been sent');
  });
});

describe('messages from the log', () => {
  it('form a chain: each says where the one before ended', () => {
    const messages: ChangeMessage[] = [];
    write(assembler(start, messages), [1, 0, 2]);
    expect(messages.map(({ position }) => position.gtid)).toEqual(['0-1-1', '0-1-3']);
    expect(messages.map(({ position }) => position.seq)).toEqual([1, 2]);
    expect(messages[0]?.previous).toEqual(start);
    expect(messages[1]?.previous).toEqual(messages[0]?.position);
  });

  it('are the same, from any place on, whenever the log is read again', () => {
    // Rows of 60 kB, so that transactions of more than four are cut.
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 5 }), fc.nat(30), (sizes, at) => {
        const messages: ChangeMessage[] = [];
        write(assembler(start, messages), sizes, 0, 60_000);
        const place = messages[at % Math.max(1, messages.length)]?.position ?? start;
        const again: ChangeMessage[] = [];
        const firstTransaction = place.gtid === null ? 0 : Number(place.gtid.split('-')[2]);
        write(assembler(place, again), sizes, firstTransaction, 60_000);
        const rest = messages.slice(messages.findIndex(({ position }) => samePosition(position, place)) + 1);
        expect(idsOf([...again])).toEqual(idsOf(rest));
      }),
      { numRuns: 30 },
    );
  });

  it('carry a large transaction in parts, of which only the last says so', () => {
    const messages: ChangeMessage[] = [];
    write(assembler(start, messages), [10], 0, 60_000);
    expect(messages.map(({ last }) => last)).toEqual([false, false, true]);
    expect(messages.map(({ position }) => position.offset)).toEqual([4, 8, 0]);
    expect(messages.map(({ position }) => position.gtid)).toEqual(['0-1-0', '0-1-0', '0-1-1']);
  });

  it('end a transaction of which everything had been sent but the end', () => {
    const messages: ChangeMessage[] = [];
    write(assembler({ ...start, seq: 3, gtid: '0-1-0', offset: 2 }, messages), [2]);
    expect(messages).toMatchObject([
      { last: true, changes: [], position: { seq: 4, gtid: '0-1-1', offset: 0 } },
    ]);
  });

  it('leave out a transaction that was dropped', () => {
    const messages: ChangeMessage[] = [];
    const into = assembler(start, messages);
    into.add('t', [{ after: { id: 'a' } }], '');
    into.drop();
    into.commit('0-1-1', last);
    expect(messages).toEqual([]);
  });

  it('name a row that no message can carry', () => {
    const into = assembler(start, [], 100);
    expect(() => into.add('t', [{ after: { id: 'big', pad: 'x'.repeat(200) } }], '')).toThrow(
      /the row of t where id = big takes \d+ bytes, a message holds 100: raise max_payload/,
    );
  });

  it('carry the row before a change only when its key changed or it is gone', () => {
    const messages: ChangeMessage[] = [];
    const into = assembler(start, messages);
    into.add('t', [{ before: { id: 'a', n: 1 }, after: { id: 'a', n: 2 } }], '');
    into.add('t', [{ before: { id: 'a', n: 2 }, after: { id: 'b', n: 2 } }], '');
    into.add('t', [{ before: { id: 'b', n: 2 } }], '');
    into.commit('0-1-1', last);
    expect(messages[0]?.changes).toEqual([
      { table: 't', op: 'update', after: { id: 'a', n: 2 } },
      { table: 't', op: 'update', before: { id: 'a', n: 2 }, after: { id: 'b', n: 2 } },
      { table: 't', op: 'delete', before: { id: 'b', n: 2 } },
    ]);
  });
});
