import { describe, expect, it } from '@jest/globals';
import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import type { OrderedLog } from '#platform/messaging/ordered-log.js';
import { until } from '../../tests/support/until.js';
import { publishInOrder } from './publish-in-order.js';

const mebibyte = 1024 ** 2;

/** A broker that answers when it is told to, and the publisher that waits for it. */
function slowBroker() {
  const waiting: (() => void)[] = [];
  const happened: string[] = [];
  let most = 0;
  let onTheWay = 0;
  const log = {
    stream: 'changes',
    subject: 'changes',
    jetStream: {
      publish: (
        _subject: string,
        data: Uint8Array,
        { expect: { lastSequence } }: { expect: { lastSequence: number } },
      ) => {
        onTheWay += data.length;
        most = Math.max(most, onTheWay);
        return new Promise<{ seq: number }>((resolve) =>
          waiting.push(() => {
            onTheWay -= data.length;
            resolve({ seq: lastSequence + 1 });
          }),
        );
      },
    },
  } as unknown as OrderedLog;
  let held = false;
  const publisher = publishInOrder(log, 0, {
    onFull: () => void ((held = true), happened.push('full')),
    onRoom: () => void ((held = false), happened.push('room')),
    onStored: () => undefined,
    onFailure: (error) => void happened.push(String(error)),
  });
  /** Publishes as a reading does, which stops when it is held up. @returns how many went out */
  function read(count: number, bytes: number): number {
    let sent = 0;
    while (sent < count && !held) {
      publisher.publish({ run: 'r', position: {}, text: 'x'.repeat(bytes) } as unknown as ChangeMessage);
      sent += 1;
    }
    return sent;
  }
  const answer = (count: number): void => waiting.splice(0, count).forEach((one) => one());
  return { publisher, happened, read, answer, most: () => most };
}

describe('what is on its way to a slow broker', () => {
  it('is held up at 8 MiB, and goes on when half of it is stored', async () => {
    const broker = slowBroker();
    const sent = broker.read(1_000, mebibyte);
    expect(sent).toBe(8);
    expect(broker.most()).toBeLessThan(9 * mebibyte);
    broker.answer(3);
    await until('three are stored', () => broker.publisher.outstanding() === 5);
    expect(broker.happened).toEqual(['full']);
    broker.answer(2);
    await until('there is room', () => broker.happened.length === 2);
    expect(broker.happened).toEqual(['full', 'room']);
  });

  it('is held up at 512 messages, however small they are', async () => {
    const broker = slowBroker();
    expect(broker.read(10_000, 1)).toBe(512);
    broker.answer(255);
    await until('they are stored', () => broker.publisher.outstanding() === 257);
    expect(broker.happened).toEqual(['full']);
    broker.answer(1);
    await until('there is room', () => broker.happened.length === 2);
  });

  it('never grows beyond that, for however large a transaction', async () => {
    const broker = slowBroker();
    const wanted = 300;
    let sent = 0;
    while (sent < wanted) {
      sent += broker.read(wanted - sent, mebibyte / 2);
      broker.answer(4);
      await new Promise(setImmediate);
    }
    expect(sent).toBe(wanted);
    expect(broker.most()).toBeLessThan(9 * mebibyte);
  });
});
