/*
 * A side that is abandoned: the service's database is lost, the monolith takes everything back, and the lost database comes back after
 * all, or an older backup of it. Decision 0068 says what is done; README.md what is left out.
 *
 * One bucket. A token is the epoch that the monolith released; the service's applier may meet it again at any time.
 */

#ifndef HANDOVERS
#define HANDOVERS 2
#endif
#ifndef CUTS
#define CUTS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef RESTORES
#define RESTORES 1
#endif

#define has(set, number) (((set) >> (number)) & 1)

/* What a database of the service has. */
typedef Database {
  bool owned;
  byte epoch;
  byte vetoed;
  bool filled;
  bool strange;    /* known to the properties only: it may have rows that nobody else has */
};

/* Durable: the monolith's rows, and up to which epoch nothing of the other side counts; the service's database, and a backup of it. */
bool owned = true;
byte epoch = 1;
byte voidUpTo;
Database at;
Database backup;
bool isBackedUp;
byte tokens;         /* that the monolith released, as a set */
bool isTakenBack;

/* The service's sidecar, volatile. */
bool isCut;          /* it hears nothing */
bool hasHeard;       /* lately: from the monolith's sidecar, and it has done what followed from that */
byte heardVoid;      /* what was void by then */
byte letGo;          /* up to which epoch this process has let go */

byte handoversLeft = HANDOVERS, cutsLeft = CUTS, crashesLeft = CRASHES, restoresLeft = RESTORES;

/* Always false. The name of the property that doesn't hold stands in spin's message. */
bool no_token_of_before_is_granted, who_hears_owns_nothing_of_before, no_row_of_before_comes_back, newest_epoch_is_the_owner,
  ends_with_one_owner, not_reached;
#define MUST(property, holds) assert(property || (holds))

/* ------------------------------------------------------------------------------------------------------------ Rules */

/* Everything is taken back once nobody goes by what was heard before: it is announced for longer than a hearing counts. */
#ifdef TAKEN_BACK_AT_ONCE
#define isAnnounced true
#else
#define isAnnounced (!hasHeard || heardVoid == voidUpTo)
#endif

/* By an epoch that is above all that the lost side can have. */
#ifdef VOID_BY_OWN_EPOCH
#define newVoid epoch
#else
#define newVoid (epoch + 2)
#endif

/* Whether the row has let go of what is void. */
#define isFree(void_) (at.epoch > (void_) || at.vetoed >= (void_))

/* Told by the row each time: an older backup has not let go, whatever this process has done before. */
#ifdef LET_GO_ONCE
#define mustLetGo (voidUpTo > letGo)
#else
#define mustLetGo (!isFree(voidUpTo))
#endif

/* A token is taken by who has heard lately ... */
#ifdef GRANT_UNHEARD
#define mayTake true
#else
/* ... and whose row has let go of what was void by then. */
#ifdef GRANT_BY_ANY_ROW
#define mayTake hasHeard
#else
#define mayTake (hasHeard && isFree(heardVoid))
#endif
#endif

/* What is let go of counts as never filled. */
#ifdef LETS_GO_FILLED
#define filledAfter at.filled
#else
#define filledAfter false
#endif

/* ---------------------------------------------------------------------------------------------------------- Monolith */

proctype monolith() {
end:
  do
  :: d_step { handoversLeft > 0 && owned && !isCut && at.filled && isFree(voidUpTo) ->
       handoversLeft--;
       owned = false;
       epoch++;
       tokens = tokens | (1 << epoch);
       printf("monolith: releases, epoch %d\n", epoch)
     }
  :: d_step { voidUpTo == 0 && !owned && isCut ->
       voidUpTo = newVoid;
       printf("monolith: notes that nothing counts up to epoch %d\n", voidUpTo)
     }
  :: d_step { voidUpTo > 0 && !isTakenBack && isAnnounced ->
       isTakenBack = true;
       owned = true;
       epoch = voidUpTo;
       printf("monolith: takes everything back, with epoch %d\n", epoch);
       MUST(newest_epoch_is_the_owner, at.epoch < epoch)
     }
  od
}

/* ----------------------------------------------------------------------------------------------------------- Service */

#define copyRow(to, from) to.owned = from.owned; to.epoch = from.epoch; to.vetoed = from.vetoed; to.filled = from.filled; to.strange = from.strange

#define GRANT(token) \
  :: d_step { has(tokens, token) && at.epoch < token && at.vetoed < token && at.filled && mayTake -> \
       printf("service: is granted epoch %d\n", token); \
       MUST(no_token_of_before_is_granted, !isTakenBack || token > voidUpTo); \
       MUST(no_row_of_before_comes_back, !at.strange); \
       at.owned = true; \
       at.epoch = token; \
       at.strange = at.strange || !isTakenBack \
     }

proctype service() {
end:
  do
  GRANT(2) GRANT(3) GRANT(4) GRANT(5) GRANT(6)
  :: d_step { !isCut && (!hasHeard || heardVoid != voidUpTo || !isFree(voidUpTo)) ->
       if
       :: voidUpTo > 0 && mustLetGo ->
          printf("service: lets go of everything up to epoch %d\n", voidUpTo);
          at.owned = (at.epoch <= voidUpTo && at.vetoed < voidUpTo -> false : at.owned);
          at.filled = (at.epoch <= voidUpTo && at.vetoed < voidUpTo -> filledAfter : at.filled);
          at.vetoed = (at.epoch <= voidUpTo && at.vetoed < voidUpTo -> voidUpTo : at.vetoed);
          letGo = voidUpTo
       :: else
       fi;
       hasHeard = true;
       heardVoid = voidUpTo;
       MUST(who_hears_owns_nothing_of_before, !at.owned || at.epoch > voidUpTo)
     }
  :: d_step { isCut && hasHeard -> hasHeard = false; printf("service: has not heard for a while\n") }
  :: d_step { !at.filled && !isCut && hasHeard && isFree(voidUpTo) ->
       printf("service: is filled again\n");
       at.filled = true;
       at.strange = false
     }
  od
}

proctype troubles() {
end:
  do
  :: d_step { cutsLeft > 0 && !isCut -> cutsLeft--; isCut = true; printf("service: is cut off\n") }
  :: d_step { isCut -> isCut = false; printf("service: is there again\n") }
  :: d_step { crashesLeft > 0 ->
       crashesLeft--;
       hasHeard = false;
       heardVoid = 0;
       letGo = 0;
       printf("service: the sidecar is started anew\n")
     }
  :: d_step { !isBackedUp && restoresLeft > 0 -> isBackedUp = true; copyRow(backup, at); printf("service: a backup is made\n") }
  /* Under a sidecar that goes on. */
  :: d_step { isBackedUp && restoresLeft > 0 ->
       restoresLeft--;
       copyRow(at, backup);
       printf("service: the backup is put back, epoch %d\n", at.epoch)
     }
  :: d_step { handoversLeft + restoresLeft + crashesLeft + cutsLeft > 0 ->
       handoversLeft = 0; restoresLeft = 0; crashesLeft = 0; cutsLeft = 0;
       printf("calm\n")
     }
  od
}

/* What must be able to happen, or the properties say nothing. */
#ifdef REACH_HANDED_OVER_AFTER_ABANDONING
#define isReached (isTakenBack && at.owned && at.epoch > voidUpTo && isBackedUp && restoresLeft == 0)
#endif
#ifndef isReached
#define isReached false
#endif

proctype judge() {
  timeout ->
  MUST(not_reached, !isReached);
  MUST(ends_with_one_owner, owned != at.owned)
}

init {
  atomic {
    at.filled = true;
    run monolith();
    run service();
    run troubles();
    run judge()
  }
}
