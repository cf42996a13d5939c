import { describe, expect, it } from '@jest/globals';
import { pace, thinHeartbeats } from './heartbeat-pace.js';

const start = 1_000_000;
/** Times of heartbeats at the usual pace. */
const beats = (from: number, count: number) =>
  Array.from({ length: count }, (_, beat) => from + beat * pace.usual);

describe('heartbeats of a database that is written', () => {
  it('are passed on at rest pace for a capability that is not', () => {
    const thinning = thinHeartbeats();
    const passed = beats(start, (2 * pace.resting) / pace.usual + 1).filter((at) => thinning.passesOn(at));
    expect(passed).toEqual([start, start + pace.resting, start + 2 * pace.resting]);
  });

  it('are all passed on at rest pace, though one be a little early', () => {
    const thinning = thinHeartbeats();
    const rare = [start, start + pace.resting - 3, start + 2 * pace.resting];
    expect(rare.filter((at) => thinning.passesOn(at))).toEqual(rare);
  });

  it('are all passed on behind a write of the capability, until the next one is not expected any more', () => {
    const thinning = thinHeartbeats();
    thinning.passesOn(start);
    thinning.written();
    const soon = beats(start + pace.usual, pace.expectedFor / pace.usual);
    expect(soon.filter((at) => thinning.passesOn(at))).toEqual(soon);
    const later = beats(start + pace.usual + pace.expectedFor + pace.usual, pace.resting / pace.usual);
    expect(later.filter((at) => thinning.passesOn(at))).toHaveLength(1);
  });
});
