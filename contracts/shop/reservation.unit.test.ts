import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideReservation, lastAttempt, type Reservation, type ReservationCommand } from './reservation.js';

const reserved: Reservation = { quantity: 3, state: 'reserved', attempt: 5 };
const released: Reservation = { ...reserved, state: 'released' };
const shipped: Reservation = { ...reserved, state: 'shipped', attempt: lastAttempt };
const command = (kind: ReservationCommand['kind'], attempt: number, quantity = 3) => ({
  kind,
  attempt,
  quantity,
});
const nothing = { kind: 'nothing' };

describe('units of an order', () => {
  it('are set aside once, however often the same attempt asks', () => {
    expect(decideReservation(command('reserve', 5), undefined)).toEqual({
      kind: 'change',
      reservation: reserved,
      setAside: 3,
      shipped: 0,
    });
    expect(decideReservation(command('reserve', 5), reserved)).toEqual(nothing);
  });

  it('are taken over by a later attempt, which moves only what is missing or too much', () => {
    const taken = (quantity: number) => decideReservation(command('reserve', 6, quantity), reserved);
    expect(taken(3)).toMatchObject({ setAside: 0, reservation: { attempt: 6, quantity: 3 } });
    expect(taken(4)).toMatchObject({ setAside: 1, reservation: { attempt: 6, quantity: 4 } });
    expect(taken(1)).toMatchObject({ setAside: -2, reservation: { attempt: 6, quantity: 1 } });
  });

  it('go back once', () => {
    expect(decideReservation(command('release', 5), reserved)).toMatchObject({
      setAside: -3,
      reservation: released,
    });
    expect(decideReservation(command('release', 5), released)).toEqual(nothing);
  });

  it('leave the house once, and as many as were set aside', () => {
    const once = decideReservation(command('ship', lastAttempt, 99), reserved);
    expect(once).toEqual({ kind: 'change', reservation: shipped, setAside: 0, shipped: 3 });
    expect(decideReservation(command('ship', lastAttempt), shipped)).toEqual(nothing);
  });

  it('do not leave the house if they were put back or never set aside, nor go back once they have left', () => {
    expect(decideReservation(command('ship', lastAttempt), released)).toMatchObject({ kind: 'refused' });
    expect(decideReservation(command('ship', lastAttempt), undefined)).toMatchObject({ kind: 'refused' });
    expect(decideReservation(command('release', lastAttempt), shipped)).toMatchObject({ kind: 'refused' });
    expect(decideReservation(command('reserve', 6), shipped)).toMatchObject({ kind: 'refused' });
  });
});

describe('what comes late', () => {
  it('is refused if it would set aside what was put back meanwhile, even before it was ever set aside', () => {
    expect(decideReservation(command('reserve', 5), released)).toMatchObject({ kind: 'refused' });
    const mark = decideReservation(command('release', 5), undefined);
    expect(mark).toMatchObject({ kind: 'change', setAside: 0, reservation: { state: 'released' } });
    expect(decideReservation(command('reserve', 5), released)).toMatchObject({ kind: 'refused' });
  });

  it('changes nothing for a later attempt', () => {
    expect(decideReservation(command('release', 4), reserved)).toEqual(nothing);
    expect(decideReservation(command('release', 5), shipped)).toEqual(nothing);
    expect(decideReservation(command('reserve', 4), reserved)).toMatchObject({ kind: 'refused' });
    expect(decideReservation(command('reserve', 6), released)).toMatchObject({ setAside: 3 });
  });
});

describe('any commands, repeated and in any order', () => {
  const commands = fc.array(
    fc.record({
      kind: fc.constantFrom('reserve' as const, 'release' as const, 'ship' as const),
      attempt: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(lastAttempt)),
      quantity: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 12 },
  );

  it('keep stock and reservation in step, never go back to an earlier attempt, and ship once', () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        let known: Reservation | undefined;
        let [setAside, shippedUnits] = [0, 0];
        for (const next of sequence) {
          const decision = decideReservation(next, known);
          if (decision.kind !== 'change') continue;
          expect(decision.reservation.attempt).toBeGreaterThanOrEqual(known?.attempt ?? 0);
          known = decision.reservation;
          setAside += decision.setAside - decision.shipped;
          shippedUnits += decision.shipped;
          expect(setAside).toBe(known.state === 'reserved' ? known.quantity : 0);
          // Repeated at once, it does nothing more.
          expect(decideReservation(next, known).kind).not.toBe('change');
        }
        expect(shippedUnits).toBe(known?.state === 'shipped' ? known.quantity : 0);
      }),
    );
  });
});
