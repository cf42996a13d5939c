import type { SidecarStatus } from '#contracts/strangler/sidecar-status.js';

type Applier = SidecarStatus['applier'];

/** `ask again`: the request was lost, since the sidecar keeps it in memory until it begins. */
type BackfillVerdict = 'complete' | 'stopped' | 'waiting' | 'ask again';

/** Time after which a complete replica, or an unchanged stop, is not that of before the request, in milliseconds. */
const surelyBegun = 15_000;
/** Time that a stop lasts before it is final, in milliseconds: several of the applier's own retries. */
const finalStop = 10_000;
/** The same for the stop of before the request, while nothing shows that the request was begun. */
const finalOldStop = 60_000;

/**
 * Judges what the sidecar says of its applier after a backfill was requested. For a moment it still says what was true
 * before: only a state that came after the request tells what became of it. A new chain shows in the applier's position.
 * @param before what the applier was before the request; undefined if that is unknown
 * @param askedAt in milliseconds
 */
export class BackfillJudge {
  readonly #newChain: boolean;
  readonly #before: Applier | undefined;
  #askedAt: number;
  #begun = false;
  #stop: { what: string; since: number } | undefined;

  constructor(newChain: boolean, before: Applier | undefined, askedAt: number) {
    this.#newChain = newChain;
    this.#before = before;
    this.#askedAt = askedAt;
  }

  /** Notes progress that was published: a replica that is not complete is being filled. */
  saw({ complete }: { complete: boolean }): void {
    this.#begun ||= !complete;
  }

  askedAgain(now: number): void {
    this.#askedAt = now;
  }

  /** @param applier undefined if the sidecar does not answer */
  judge(applier: Applier | undefined, now: number): BackfillVerdict {
    if (applier?.backfill) this.saw(applier.backfill);
    if (applier?.state === 'stopped') return this.#judgeStop(applier, now);
    this.#stop = undefined;
    if (!applier?.backfill?.complete) return 'waiting';
    const surely = now - this.#askedAt > surelyBegun;
    if (this.#isOfBefore(applier)) return surely && !this.#isServed() ? 'ask again' : 'waiting';
    return this.#begun || surely ? 'complete' : 'waiting';
  }

  #judgeStop(applier: Applier, now: number): BackfillVerdict {
    const what = JSON.stringify([applier.message, applier.failure]);
    if (this.#stop?.what !== what) this.#stop = { what, since: now };
    const ofBefore = this.#isOfBefore(applier);
    if (now - this.#stop.since >= (ofBefore ? finalOldStop : finalStop)) return 'stopped';
    const isLost = ofBefore && !this.#isServed() && now - this.#askedAt > surelyBegun;
    return isLost ? 'ask again' : 'waiting';
  }

  /** Does it still say what was true before the new chain? */
  #isOfBefore(applier: Applier): boolean {
    const chain = chainOf(applier);
    return this.#newChain && chain !== undefined && chain === chainOf(this.#before);
  }

  /** A replica that was complete is not complete any more. */
  #isServed(): boolean {
    return this.#begun && this.#before?.backfill?.complete === true;
  }
}

function chainOf(applier: Applier | undefined): string | undefined {
  return (applier?.failure?.position ?? applier?.position)?.chain;
}
