import type { WriteNotice } from '#contracts/strangler/written-keys.js';
import type { Taker } from '../owners/capability-owners.js';
import type { Endpoint, WriteDeclaration } from '../routing/endpoint.js';
import type { CapabilityWrites } from './capability-writes.js';
import type { Freshness, TrackedWrite, WriteToTrack } from './freshness.js';
import type { Keys } from '../routing/key-source.js';
import { keysAfter, keysBefore, mergeKeys } from './keys-of-write.js';

export interface TrackOptions {
  kept: ReadonlyMap<string, CapabilityWrites>;
  say: (of: CapabilityWrites, notice: WriteNotice) => void;
  /** Calls back once the server has all that was said so far, or nobody can be told. */
  whenSaid: (callback: () => void) => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** What a write touches in one capability. */
interface Touched {
  one: CapabilityWrites;
  declarations: readonly WriteDeclaration[];
  /** It goes to the owner in this capability. */
  placed: boolean;
}

/** Announces writes: before they are sent, and again when it is known what became of them. */
export function trackWrites({ kept, say, whenSaid, now }: TrackOptions): Freshness['beginWrite'] {
  let begun = 0;
  return (request, body) => {
    const write = String((begun += 1));
    const touched = touchedBy(request.endpoint, kept).map((touch) => ({
      ...touch,
      keys: mergeKeys(ownKey(touch, request), keysBefore(touch.declarations, request.values, body)),
    }));
    type Touch = (typeof touched)[number];
    const sayOf = (state: WriteNotice['state'], keysOf: (touch: Touch) => Keys, takenBy?: Taker) => {
      for (const touch of touched) {
        const notice: WriteNotice = { write, keys: keysOf(touch), state, at: now() };
        say(touch.one, takenBy && touch.placed ? { ...notice, takenBy } : notice);
      }
    };
    const withAnswer = (answer: Buffer | undefined) => (touch: Touch) =>
      mergeKeys(touch.keys, keysAfter(touch.declarations, answer));
    sayOf('intended', ({ keys }) => keys);
    const tracked: TrackedWrite = {
      whenAnnounced: (callback) => (touched.length === 0 ? callback() : whenSaid(callback)),
      answered: (answer, takenBy) => sayOf('answered', withAnswer(answer), takenBy),
      unknown: () => sayOf('unknown', withAnswer(undefined)),
      withdrawn: () => sayOf('withdrawn', ({ keys }) => keys),
    };
    return tracked;
  };
}

function ownKey({ placed }: Touched, { key }: WriteToTrack): Keys {
  if (!placed) return [];
  return key === undefined ? 'all' : [key];
}

function touchedBy(endpoint: Endpoint, kept: ReadonlyMap<string, CapabilityWrites>): Touched[] {
  const groups = new Map<CapabilityWrites, WriteDeclaration[]>();
  const own = endpoint.owned && endpoint.capability !== null ? kept.get(endpoint.capability) : undefined;
  if (own) groups.set(own, []);
  for (const declaration of endpoint.writes) {
    const one = kept.get(declaration.capability);
    if (one) groups.set(one, [...(groups.get(one) ?? []), declaration]);
  }
  return [...groups].map(([one, declarations]) => ({ one, declarations, placed: one === own }));
}
