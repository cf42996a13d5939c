/**
 * Units of one product that are set aside for one order. The row travels between the sides with the product's stock, and
 * commands may be repeated, delayed, or done by the side that did not do the one before: so both sides decide alike.
 */
export interface Reservation {
  quantity: number;
  state: 'reserved' | 'released' | 'shipped';
  /**
   * Which attempt at placing the order this comes from. An order that could not be placed may be placed again under its
   * id; what is still on its way from an earlier attempt must not touch the later one.
   */
  attempt: number;
}

/** Newer than every attempt: of what is done for an order that stands, and is not placed again. */
export const lastAttempt = Number.MAX_SAFE_INTEGER;

/** What can be asked for; each may be asked for any number of times. */
export interface ReservationCommand {
  kind: 'reserve' | 'release' | 'ship';
  quantity: number;
  attempt: number;
}

/** What a command means for the reservation and for the product's stock. */
export type ReservationDecision =
  /** It is done already, or has been overtaken. */
  | { kind: 'nothing' }
  | { kind: 'refused'; because: string }
  | {
      kind: 'change';
      reservation: Reservation;
      /** Units that become reserved instead of available; fewer than 0 go back. */
      setAside: number;
      /** Reserved units that leave the house. */
      shipped: number;
    };

/**
 * Decides what a command does. A product's stock gets a new version if units move, and only then.
 * @param known what there is for this order and product; undefined where there is nothing
 */
export function decideReservation(
  command: ReservationCommand,
  known: Reservation | undefined,
): ReservationDecision {
  if (command.kind === 'reserve') return reserve(command, known);
  return command.kind === 'release' ? release(command, known) : ship(known);
}

function reserve(
  { quantity, attempt }: ReservationCommand,
  known: Reservation | undefined,
): ReservationDecision {
  if (known?.state === 'reserved' && known.attempt === attempt && known.quantity === quantity) {
    return { kind: 'nothing' };
  }
  if (known && known.attempt >= attempt) {
    return { kind: 'refused', because: `a later attempt has ${known.state} it` };
  }
  if (known?.state === 'shipped') return { kind: 'refused', because: 'it is shipped' };
  // What an earlier attempt has set aside and not put back yet is taken over.
  const already = known?.state === 'reserved' ? known.quantity : 0;
  return change({ quantity, state: 'reserved', attempt }, quantity - already);
}

/** Of what was never reserved a mark stays, which a reservation that comes late meets. */
function release(
  { quantity, attempt }: ReservationCommand,
  known: Reservation | undefined,
): ReservationDecision {
  if (!known) return change({ quantity, state: 'released', attempt }, 0);
  if (known.attempt > attempt) return { kind: 'nothing' };
  if (known.state === 'shipped') return { kind: 'refused', because: 'it is shipped' };
  if (known.state === 'reserved') return change({ ...known, state: 'released', attempt }, -known.quantity);
  return known.attempt === attempt ? { kind: 'nothing' } : change({ ...known, attempt }, 0);
}

/** Only what stands reserved can leave the house, whichever attempt that was: an order that is shipped stands. */
function ship(known: Reservation | undefined): ReservationDecision {
  if (known?.state === 'shipped') return { kind: 'nothing' };
  if (known?.state !== 'reserved') {
    return { kind: 'refused', because: `it is ${known ? 'released' : 'not reserved'}` };
  }
  const reservation = { ...known, state: 'shipped' as const, attempt: lastAttempt };
  return { kind: 'change', reservation, setAside: 0, shipped: known.quantity };
}

function change(reservation: Reservation, setAside: number): ReservationDecision {
  return { kind: 'change', reservation, setAside, shipped: 0 };
}
