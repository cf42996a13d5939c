/*
 * What is wanted, and the hand-over that is begun for it: gates may take minutes, in which a person pauses, rolls back, or begins to
 * complete the capability, and in which another leader may take over. Decision 0038 says what is done; README.md what is left out.
 *
 * The control plane's database has the wish with its version, and the journal. A `d_step` is one transaction of it, or one look.
 */

#ifndef WISHES
#define WISHES 3
#endif
#ifndef TERMS
#define TERMS 2
#endif
#define LEADERS 2

mtype = { monolith, service };
mtype = { nothing, releasing, granting, vetoing };
mtype = { giveUp, ask, awaitGrant, beLate, finish, veto, reopen };
mtype = { idle, atGates, passed, looked };

#define other(side) (1 - (side))
#define name(side) ((side) == 0 -> monolith : service)
#define has(set, number) (((set) >> (number)) & 1)

/* Durable: what is wanted, and the journal. */
byte version = 1;
bit wanted;
bool paused, completing;
byte term;
mtype journal = nothing;
bit from;
byte expected;

/* Durable: the ownership rows of one bucket, and requests that were ever made of them. */
bool owned[2];
byte epoch[2];
byte vetoed[2];
byte askedToRelease[2];

/* Volatile: what each process knows as a leader. */
typedef Leader {
  byte term;           /* 0: it does not lead */
  mtype stage = idle;
  byte version;        /* of the wish that it decided on */
  bit side;
  byte expected;
  mtype seen;          /* the journal when it looked at an open hand-over, and what it is about to do then */
  mtype action;
};
Leader leader[LEADERS];

byte wishesLeft = WISHES, termsLeft = TERMS, lateLeft = 1;

/* Known to the properties only. */
bool isOvertaken;

/* Always false. The name of the property that doesn't hold stands in spin's message. */
bool begun_as_wanted, nothing_moves_unjournalled, never_two_owners, ends_with_one_owner, ends_as_wanted, not_reached;
#define MUST(property, holds) assert(property || (holds))

/* ------------------------------------------------------------------------------------------------------------ Rules */

/* Written down under the lock of the wish, only if that is still the one that was decided on. */
#define isStillWanted(me) (version == leader[me].version && !paused && !completing)
#ifdef GATES_ARE_THE_LAST_LOOK
#define mayBegin(me) true
#else
#ifdef WISH_READ_BEFORE
bool wasStillWanted[LEADERS];
#define mayBegin(me) wasStillWanted[me]
#else
#ifdef COMPLETION_NOT_ASKED
#define mayBegin(me) (version == leader[me].version && !paused)
#else
#define mayBegin(me) isStillWanted(me)
#endif
#endif
#endif

/* A pause holds back releases; what was released goes on. */
#ifdef PAUSE_HOLDS_ALL
#define mayGoOn !paused
#else
#define mayGoOn true
#endif

/* What is not wanted any more is ended by veto and reopening: the request to release may be on its way. */
#ifdef UNWANTED_IS_CLOSED
#define afterUnwanted nothing
#else
#define afterUnwanted vetoing
#endif

/* Nobody is asked for anything before it is written down. */
#ifdef ASKED_BEFORE_JOURNAL
#define askFirst(me) askToRelease(other(leader[me].side), leader[me].expected)
#else
#define askFirst(me) skip
#endif

/* ----------------------------------------------------------------------------------------------------------- Persons */

inline noteWish() {
  wishesLeft--;
  version++
}

proctype persons() {
end:
  do
  :: d_step { wishesLeft > 0 -> noteWish(); paused = !paused; printf("a person: paused %d\n", paused) }
  :: d_step { wishesLeft > 0 -> noteWish(); wanted = !wanted; printf("a person: wants it at the %e\n", name(wanted)) }
  /* A completion has a table of its own, and no version. */
  :: d_step { wishesLeft > 0 && !completing && owned[1] && journal == nothing ->
       wishesLeft--;
       completing = true;
       printf("a person: completes it\n")
     }
  :: d_step { wishesLeft > 0 && completing -> wishesLeft--; completing = false; printf("a person: does not complete it\n") }
  /* From some moment on nobody wants anything else. */
  :: d_step { wishesLeft + termsLeft > 0 -> wishesLeft = 0; termsLeft = 0; printf("calm\n") }
  od
}

/* ----------------------------------------------------------------------------------------------------------- Leaders */

#define leads(me) (leader[me].term == term && leader[me].term > 0)

inline forgetDecision(me) {
  leader[me].stage = idle;
  leader[me].version = 0;
  leader[me].side = 0;
  leader[me].expected = 0;
  leader[me].seen = 0;
  leader[me].action = 0
}

#define to other(from)
#define askToRelease(side, epoch_) askedToRelease[side] = askedToRelease[side] | (1 << (epoch_))
#define isAsked has(askedToRelease[from], expected)
#define LOOK(me, condition, what) \
  :: d_step { leads(me) && leader[me].stage == idle && (condition) -> \
       leader[me].stage = looked; \
       leader[me].seen = journal; \
       leader[me].action = what \
     }

/* Each is taken once more by a leader that does not know of it: they change nothing then. */
inline act(action_) {
  if
  :: action_ == giveUp -> printf("process %d: it is not wanted any more\n", me); journal = afterUnwanted
  :: action_ == ask -> printf("process %d: asks for the release\n", me); askToRelease(from, expected)
  :: action_ == awaitGrant -> journal = granting
  :: action_ == beLate -> printf("process %d: the grant is late\n", me); lateLeft = 0; journal = vetoing
  :: action_ == finish -> printf("process %d: the hand-over is done\n", me); journal = nothing
  :: action_ == veto -> vetoed[to] = (epoch[to] <= expected -> expected + 1 : vetoed[to])
  :: else ->
     printf("process %d: the bucket is reopened\n", me);
     owned[from] = true;
     epoch[from]++;
     MUST(never_two_owners, !owned[0] || !owned[1]);
     journal = nothing
  fi
}


proctype process(bit me) {
end:
  do
  /* A lease that flaps, a process that dies: another one leads, or the same again, and knows nothing. */
  :: d_step { termsLeft > 0 ->
       termsLeft--;
       term++;
       leader[me].term = term;
       forgetDecision(me);
       printf("process %d: leads in term %d\n", me, term)
     }
  :: d_step { leads(me) && leader[me].stage == idle && journal == nothing && !paused && !completing && owned[other(wanted)] ->
       leader[me].stage = atGates;
       leader[me].version = version;
       leader[me].side = wanted;
       leader[me].expected = epoch[other(wanted)];
       printf("process %d: asks the gates for a hand-over to the %e\n", me, name(wanted))
     }
  :: d_step { leader[me].stage == atGates ->
       askFirst(me);
       leader[me].stage = passed;
#ifdef WISH_READ_BEFORE
       wasStillWanted[me] = isStillWanted(me);
#endif
       printf("process %d: the gates are open\n", me)
     }
  :: d_step { leader[me].stage == passed ->
       if
       :: leads(me) && journal == nothing && mayBegin(me) ->
          MUST(begun_as_wanted, !paused && !completing && wanted == leader[me].side);
          journal = releasing;
          from = other(leader[me].side);
          expected = leader[me].expected;
          printf("process %d: writes the hand-over down\n", me)
       :: else -> printf("process %d: is overtaken\n", me); isOvertaken = true
       fi;
       forgetDecision(me)
     }
  /* An open hand-over: what to do is decided by the wish and the rows as they are, and done a moment later. */
  LOOK(me, journal == releasing && wanted == from, giveUp)
  LOOK(me, journal == releasing && wanted != from && epoch[from] > expected && mayGoOn, awaitGrant)
  LOOK(me, journal == releasing && wanted != from && epoch[from] == expected && !paused && !isAsked, ask)
  LOOK(me, journal == granting && lateLeft > 0 && mayGoOn, beLate)
  LOOK(me, (journal == granting || journal == vetoing) && epoch[to] > expected && mayGoOn, finish)
  LOOK(me, journal == vetoing && epoch[to] <= expected && vetoed[to] <= expected && mayGoOn, veto)
  LOOK(me, journal == vetoing && vetoed[to] > expected && mayGoOn, reopen)
  :: d_step { leader[me].stage == looked ->
       if
       :: leads(me) && journal == leader[me].seen -> act(leader[me].action)
       :: else -> printf("process %d: comes too late\n", me)
       fi;
       forgetDecision(me)
     }
  od
}

/* ------------------------------------------------------------------------------------------------------------- Sides */

/* A request may arrive at any time, and again. */
proctype side(bit me) {
end:
  do
  :: d_step { owned[me] && has(askedToRelease[me], epoch[me]) ->
       printf("%e: releases, epoch %d\n", name(me), epoch[me] + 1);
       MUST(nothing_moves_unjournalled, journal != nothing && from == me && expected == epoch[me]);
       owned[me] = false;
       epoch[me]++
     }
  :: d_step { !owned[0] && !owned[1] && epoch[other(me)] > epoch[me] && vetoed[me] < epoch[other(me)] ->
       printf("%e: is granted epoch %d\n", name(me), epoch[other(me)]);
       owned[me] = true;
       epoch[me] = epoch[other(me)]
     }
  od
}

/* What must be able to happen, or the properties say nothing. */
#ifdef REACH_OVERTAKEN
#define isReached (isOvertaken && owned[0] && epoch[0] == 1 && !paused)
#endif
#ifndef isReached
#define isReached false
#endif

proctype judge() {
  timeout ->
  MUST(not_reached, !isReached);
  MUST(ends_with_one_owner, owned[0] != owned[1]);
  MUST(ends_as_wanted, paused || completing || term == 0 || (owned[wanted] && journal == nothing))
}

init {
  atomic {
    owned[0] = true;
    epoch[0] = 1;
    run persons();
    run process(0); run process(1);
    run side(0); run side(1);
    run judge()
  }
}
