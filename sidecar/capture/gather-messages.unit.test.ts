import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  type ChangeMessage,
  type Position,
  type Signal,
  samePosition,
} from '#contracts/strangler/change-message.js';
import { gatherMessages } from './gather-messages.js';

const place = (seq: number, offset = 0) => ({ chain: 'c', seq, origin: 'o', gtid: `0-1-${seq}`, offset });

/** The transaction behind place `seq`, which changes the row of that number. */
function transaction(seq: number, signals: Signal[] = [], offset = 0): ChangeMessage {
  return {
    ...{ capability: 'things', from: 'monolith', run: 'r', committedAt: seq },
    previous: place(seq),
    position: place(seq + 1, offset),
    last: offset === 0,
    changes: signals.length === 0 ? [{ table: 'things', op: 'insert', after: { id: seq } }] : [],
    signals,
  };
}

const heartbeat: Signal = { kind: 'heartbeat', writtenAt: 1 };
const token: Signal = { kind: 'token', bucket: 1, epoch: 2 };
const rowsOf = ({ changes }: ChangeMessage) => changes.map(({ after }) => after?.['id']);

let sent: ChangeMessage[];
beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
});
afterEach(() => void jest.useRealTimers());

const gather = (mostBytes = 1_000) => gatherMessages(mostBytes, (message) => void sent.push(message));

describe('transactions that change rows', () => {
  it('become one message after a moment', () => {
    const gatherer = gather();
    for (const seq of [0, 1, 2]) gatherer.add(transaction(seq), 10);
    expect(sent).toEqual([]);
    jest.runAllTimers();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ previous: place(0), position: place(3), last: true });
    expect(sent.map(rowsOf)).toEqual([[0, 1, 2]]);
  });

  it('leave with the heartbeat behind them, at once', () => {
    const gatherer = gather();
    gatherer.add(transaction(0), 10);
    gatherer.add(transaction(1, [heartbeat]), 0);
    expect(sent).toMatchObject([{ previous: place(0), position: place(2), signals: [heartbeat] }]);
  });

  it('leave before a token, which is alone', () => {
    const gatherer = gather();
    gatherer.add(transaction(0), 10);
    gatherer.add(transaction(1, [token]), 0);
    expect(sent.map(rowsOf)).toEqual([[0], []]);
    expect(sent[1]?.signals).toEqual([token]);
  });

  it('are not gathered beyond what a message may carry', () => {
    const gatherer = gather(25);
    for (const seq of [0, 1, 2]) gatherer.add(transaction(seq), 10);
    expect(sent.map(rowsOf)).toEqual([[0, 1]]);
  });

  it('are not sent once it has been stopped', () => {
    const gatherer = gather();
    gatherer.add(transaction(0), 10);
    gatherer.stop();
    jest.runAllTimers();
    expect(sent).toEqual([]);
  });
});

it('keeps the chain and the order of rows, whatever comes', () => {
  const kinds = fc.constantFrom<Signal[]>([], [], [], [heartbeat], [token]);
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, fc.nat(20), fc.boolean())), (all) => {
      sent = [];
      const gatherer = gather(50);
      all.forEach(([signals, bytes, pause], seq) => {
        gatherer.add(transaction(seq, signals), bytes);
        if (pause) jest.runAllTimers();
      });
      jest.runAllTimers();
      let at: Position = place(0);
      for (const { previous, position } of sent) {
        expect(samePosition(previous, at)).toBe(true);
        at = position;
      }
      expect(at).toEqual(place(all.length));
      const rows = all.flatMap(([signals], seq) => (signals.length === 0 ? [seq] : []));
      expect(sent.flatMap(rowsOf)).toEqual(rows);
    }),
  );
});
