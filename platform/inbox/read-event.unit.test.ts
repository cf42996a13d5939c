import { describe, expect, it } from '@jest/globals';
import { readEvent } from './read-event.js';

const event = {
  ...{ eventId: 'one', type: 'payments.captured.v1', capability: 'payments', key: 'one' },
  ...{ occurredAt: '2026-01-01T00:00:00.000Z', side: 'service', epoch: 1, sequence: 1, data: {} },
};
const entry = (subject: string, content: unknown) => ({
  ...{ sequence: 1, subject },
  data: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
});

describe('an entry of the stream of events', () => {
  it('is the event that it says, under the subject of its type', () => {
    expect(readEvent(entry('strangler.events.payments.captured.v1', event))).toEqual({ event });
  });

  it.each([
    ['of another capability', 'strangler.events.inventory.captured.v1', event],
    ['of another version', 'strangler.events.payments.captured.v2', event],
    ['that is told as another', 'strangler.events.inventory.counted.v1', event],
    [
      'of a capability that its type denies',
      'strangler.events.payments.captured.v1',
      { ...event, capability: 'orders' },
    ],
  ])('is no event under the subject of one %s', (_what, subject, content) => {
    const read = readEvent(entry(subject, content));
    expect(read).toMatchObject({ problem: expect.stringContaining(subject), found: content });
    expect(read.event).toBeUndefined();
  });

  it('is kept as it is, where it is no event at all', () => {
    const subject = 'strangler.events.payments.captured.v1';
    expect(readEvent(entry(subject, 'no JSON'))).toMatchObject({ found: 'no JSON' });
    expect(readEvent(entry(subject, { type: 'x' }))).toMatchObject({ found: { type: 'x' } });
  });
});
