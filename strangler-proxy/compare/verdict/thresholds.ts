/** Share of false findings among all findings that is put up with: where nothing differs, how probable any finding is. */
export const falseFindings = 0.005;

/** What could be tested at all: with so few differences that even the worst case is probable, nothing can be said. */
export const testable = 0.05;

/** At most this, a difference of a noisy field that is not proven is no longer taken for noise either. */
export const doubt = 0.02;
