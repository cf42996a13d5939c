import type { Side } from '#contracts/strangler/move.js';
import type { Forward } from '../forward/forward.js';
import type { Lane } from '../forward/lane.js';
import type { ParkingLot } from '../parking/parking-lot.js';
import type { PlacedWrite } from '../parking/placed-write.js';
import type { Endpoint } from '../routing/endpoint.js';

/** What every exchange of a gateway shares. */
export interface ExchangeSurroundings<Exchange> {
  forward: Forward;
  laneOf(endpoint: Endpoint, side: Side): Lane | undefined;
  /** As clients read it in "... service is unavailable". */
  titleOf(endpoint: Endpoint): string;
  /** Where requests wait. */
  lot: ParkingLot;
  /** Where a write belongs. */
  place(exchange: Exchange): PlacedWrite;
  /**
   * Tells whether the monolith may answer a read that the service has failed, maybe after a while.
   * @returns takes the question back
   */
  whenFreshAtMonolith(exchange: Exchange, answer: (fresh: boolean) => void): () => void;
  /** Whom to ask about a key that the asked side has never heard of; undefined where that is for it to say. */
  ownerElsewhere(exchange: Exchange, asked: Side): Side | undefined;
  /** Largest answer that is kept back to be read before it is passed on, in bytes. */
  answerLimit: number;
  draining(): boolean;
  /** Milliseconds, by the monotonic clock. */
  now(): number;
  /** A limit refuses the exchange, or cuts its answer off. @param setting as the configuration names it */
  limited(exchange: Exchange, setting: string): void;
  finished(exchange: Exchange): void;
}
