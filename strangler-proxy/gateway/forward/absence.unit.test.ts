import { describe, expect, it } from '@jest/globals';
import { createAbsence } from './absence.js';

describe('the absence of an upstream', () => {
  it('is waited out from the first attempt that failed, however many follow', () => {
    let now = 1_000;
    const absence = createAbsence(5_000, () => now);
    absence.noticed();
    now = 4_000;
    absence.noticed();
    expect(absence.worthWaitingUntil()).toBe(6_000);
  });

  it('begins anew once the upstream has answered', () => {
    let now = 1_000;
    const absence = createAbsence(5_000, () => now);
    absence.noticed();
    absence.ended();
    now = 10_000;
    absence.noticed();
    expect(absence.worthWaitingUntil()).toBe(15_000);
  });
});
