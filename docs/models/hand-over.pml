/*
 * The hand-over of one bucket between two databases: release, grant, veto, reopen, in both directions, with crashes, with
 * requests that are delayed, repeated or lost, with a stream that may lose anything, and with a gateway that reads. README.md
 * says what is left out and how to read a counter-example; `node docs/models/check-model.mjs` checks it, and that each mutant is
 * caught.
 *
 * A `d_step` is one transaction of one database, or one step of one process: what nobody sees half done.
 */

/* How much may happen in one run. Within these bounds everything is tried, in every order. */
#ifndef HANDOVERS
#define HANDOVERS 2
#endif
#ifndef WRITES
#define WRITES 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef STOPS
#define STOPS 0
#endif
#ifndef REFILLS
#define REFILLS 0
#endif
#ifndef STARTS
#define STARTS 0
#endif
/* A transaction of either side stands once in each log: as what it is, and as what the other side's applier did. */
#define LOG (WRITES + 2 * HANDOVERS + REFILLS)

mtype = { monolith, service };
mtype = { write, release, reopen, chunk, emptyChunk };
mtype = { nothing, begun, late };

#define other(side) (1 - (side))
#define name(side) ((side) == 0 -> monolith : service)
#define has(set, number) (((set) >> (number)) & 1)
#define add(set, number) set = set | (1 << (number))

/* One committed transaction in a database's log. */
typedef Entry {
  mtype kind;
  byte value;       /* write, chunk: version of the row; release, reopen: epoch */
  byte epoch;       /* chunk: of the source's ownership row when the chunk was read */
  bool replicated;  /* the applier's: it moved the replica's place as well */
};

typedef Side {
  /* Durable: this side's database with its log. */
  bool owned;
  byte epoch;
  byte vetoed;      /* the newest epoch that was refused here */
  byte version;     /* of the bucket's data: one more with each write */
  byte applied;     /* place in the other side's log: what is before it is in this database */
  bool filled;      /* every row of the other side has been here since the chain began */
  Entry log[LOG];
  byte length;
  byte localLength; /* the log's length without the replicated transactions at its end */

  /* Volatile: transactions and processes. */
  byte writing;     /* write transactions between guard and commit */
  byte locks;       /* shared locks on the ownership row, held by them */
  byte captured;    /* place in this side's log that the capture has sent everything before */
  bool stopped;     /* the applier has met a row that it can't apply, and waits for a person */
  mtype reading;    /* a chunk of this side is being read: `emptyChunk` after its row has changed meanwhile */
  byte readVersion, readEpoch;
  bool filling;     /* this side has asked for a chunk */

  /* The broker's: the messages from this side in the stream, by the place that each follows on, and where each leads. */
  int stream;
  byte leadsTo[LOG];

  /* Requests to this side that were ever made, as sets of epochs: each may arrive at any time, repeatedly, or never. */
  byte askedToRelease;
  byte askedToVeto;
  byte askedToReopen;
};

Side at[2];

/* The control plane's journal (durable), and what it has heard since it started (volatile). */
mtype journal = nothing;
bit from;
byte expected;      /* the owner's epoch when the hand-over was begun; its token is `expected + 1` */
bool vetoHeard;

byte handoversLeft = HANDOVERS;
byte writesLeft = WRITES;
byte crashesLeft = CRASHES;
byte lossesLeft = LOSSES;
byte stopsLeft = STOPS;
byte refillsLeft = REFILLS;
byte startsLeft = STARTS;

/* What a gateway knows of a side's ownership row. Durable: it is kept on disk. */
typedef Heard {
  bool owned;
  byte epoch;
  /* Volatile: known since the gateway hears what others write, and read by the side itself since then. */
  bool live;
  bool reported;
};

bool gatewayIsUp;
Heard heard[2];

/* ---------------------------------------------------------------------------------------------------- Properties */

/* Known to the properties only: the writes that were ever committed, and the newest epoch. */
byte committed;
byte issued;

/* Always false. The name of the property that doesn't hold stands in spin's message. */
bool never_two_owners, only_the_owner_writes, owner_has_every_write, each_write_is_applied_once, epochs_only_grow,
  nothing_moves_unasked, no_read_is_older, ends_with_one_owner, ends_with_equal_sides, bounds_suffice, not_reached;
#define MUST(property, holds) assert(property || (holds))

inline checkOwners() {
  MUST(never_two_owners, !(at[0].owned && at[1].owned));
  MUST(owner_has_every_write, !at[0].owned || at[0].version == committed);
  MUST(owner_has_every_write, !at[1].owned || at[1].version == committed)
}

#include "rules.pml"

/* What must be able to happen meanwhile, or `no_read_is_older` says nothing. */
#ifdef REACH_READ_BY_KEPT_ROWS
#define isReadReached (homeIsKnown && lastOwner == 1 && !heard[1].live && heard[0].reported && committed == WRITES)
#endif
#ifdef REACH_READ_WITHOUT_OWNER
#define isReadReached (homeIsKnown && !at[0].owned && !at[1].owned)
#endif
#ifndef isReadReached
#define isReadReached false
#endif

/* A read that begins now gets everything that was ever committed; where its home is not known, it gets nothing. */
inline checkReads() {
  MUST(no_read_is_older, !gatewayIsUp || !homeIsKnown || at[lastOwner].version == committed);
  MUST(not_reached, !isReadReached)
}

/* ---------------------------------------------------------------------------------------------------- The two sides */

inline append(side, what, number, under, byApplier) {
  MUST(bounds_suffice, at[side].length < LOG);
  at[side].log[at[side].length].kind = what;
  at[side].log[at[side].length].value = number;
  at[side].log[at[side].length].epoch = under;
  at[side].log[at[side].length].replicated = byApplier;
  at[side].length++;
  at[side].localLength = (byApplier -> at[side].localLength : at[side].length)
}

/* The programs that serve clients: any number of write transactions at a time. */
proctype writers(bit side) {
end:
  do
  :: d_step { writesLeft > 0 && at[side].owned ->
       printf("%e: a write passes the guard\n", name(side));
       writesLeft--;
       at[side].writing++;
       at[side].locks = at[side].locks + locksOfGuard
     }
  :: d_step { at[side].writing > 0 ->
       printf("%e: the write commits, version %d\n", name(side), at[side].version + 1);
       at[side].writing--;
       at[side].locks = at[side].locks - locksOfGuard;
       at[side].version++;
       committed++;
       append(side, write, at[side].version, 0, false);
       at[side].reading = (at[side].reading == chunk -> emptyChunk : at[side].reading);
       MUST(only_the_owner_writes, at[side].owned);
       checkOwners();
       hearWrite(side);
       checkReads()
     }
  :: d_step { at[side].writing > 0 ->
       printf("%e: the write is rolled back\n", name(side));
       at[side].writing--;
       at[side].locks = at[side].locks - locksOfGuard
     }
  od
}

/* What a sidecar does with the ownership row when it is asked to. Epochs stay below 7 with up to three hand-overs. */
#define VETO(token) \
  :: d_step { has(at[side].askedToVeto, token) && mayVeto(side, token) -> \
       printf("%e: veto, epoch %d\n", name(side), token); \
       at[side].vetoed = token \
     }

proctype ownership(bit side) {
end:
  do
  :: d_step { at[side].owned && releaseFits(side) && rowIsFree(side) ->
       at[side].owned = false;
       at[side].epoch++;
       issued = at[side].epoch;
       printf("%e: release, epoch %d\n", name(side), issued);
       append(side, release, issued, 0, false)
     }
  :: d_step { reopensReleased(side) || reopensOwned(side) ->
       at[side].owned = true;
       at[side].epoch = epochOfReopening(side);
       printf("%e: reopen, epoch %d\n", name(side), at[side].epoch);
       append(side, reopen, at[side].epoch, 0, false);
       checkOwners();
       MUST(epochs_only_grow, at[side].epoch > issued);
       issued = at[side].epoch
     }
  VETO(1) VETO(2) VETO(3) VETO(4) VETO(5) VETO(6)
  od
}

/* Sends what the log says, each message with the place that it follows on. It may be sent to a broker that forgets it. */
proctype capture(bit side) {
  byte place;
end:
  do
  :: d_step { at[side].captured < lengthToSend(side) ->
       place = readFrom(side);
       do
       :: isPassedOver(at[side].log[place]) -> place++
       :: else -> break
       od;
       printf("%e: the capture sends %e %d\n", name(side), at[side].log[place].kind, at[side].log[place].value);
       add(at[side].stream, at[side].captured);
       at[side].leadsTo[at[side].captured] = place + 1;
       at[side].captured = place + 1;
       place = 0
     }
  od
}

inline apply(side, entry) {
  append(side, entry.kind, entry.value, entry.epoch, true);
  if
  :: entry.kind == write ->
     printf("%e: applies version %d\n", name(side), entry.value);
     MUST(each_write_is_applied_once, !at[side].filled || entry.value == at[side].version + 1);
     at[side].version = entry.value;
     checkOwners()
  :: entry.kind == release && mayGrant(side, entry.value) ->
     printf("%e: grant, epoch %d\n", name(side), entry.value);
     at[side].owned = true;
     at[side].epoch = entry.value;
     checkOwners();
     MUST(epochs_only_grow, entry.value == issued);
     MUST(nothing_moves_unasked, journal != nothing && from != side && entry.value == expected + 1)
  :: entry.kind == chunk && chunkFits(side, entry.epoch) ->
     printf("%e: applies a chunk with version %d\n", name(side), entry.value);
     at[side].version = entry.value;
     checkOwners()
  :: else ->
     printf("%e: passes over %e %d\n", name(side), entry.kind, entry.value)
  fi;
  at[side].filled = at[side].filled || entry.kind == chunk || entry.kind == emptyChunk;
  at[side].filling = at[side].filling && !at[side].filled
}

/* Rows, token and place in one transaction. A message that does not follow on the place is dropped: nothing happens. */
proctype applier(bit side) {
  byte place;
end:
  do
  :: d_step { !at[side].stopped && isThereNext(side) && isBetweenTransactions(side) ->
       place = at[side].applied;
       do
       :: !isSent(other(side), place) -> place++
       :: else -> break
       od;
       apply(side, at[other(side)].log[at[other(side)].leadsTo[place] - 1]);
       place = at[other(side)].leadsTo[place];
       moveTo(side, place);
       place = 0
     }
  :: d_step { !at[side].stopped && !isSent(other(side), at[side].applied) && gapShows(side) ->
       printf("%e: the applier asks for everything after place %d again\n", name(side), at[side].applied);
       at[other(side)].captured = at[side].applied
     }
  od
}

/* Gives up this side's place in the other's log and takes all rows anew, chunk by chunk, while everything goes on. */
proctype filler(bit side) {
end:
  do
  :: d_step { refillsLeft > 0 ->
       printf("%e: begins a new chain, from now on\n", name(side));
       refillsLeft--;
       at[side].filled = false;
       at[side].filling = false;
       at[side].applied = at[other(side)].length;
       at[other(side)].captured = at[side].applied;
       at[other(side)].reading = 0
     }
  :: d_step { !at[side].filled && !at[side].filling ->
       printf("%e: a chunk is read for the other side\n", name(other(side)));
       at[side].filling = true;
       at[other(side)].reading = kindOfChunk(other(side));
       at[other(side)].readVersion = at[other(side)].version;
       at[other(side)].readEpoch = at[other(side)].epoch
     }
  :: d_step { at[other(side)].reading != 0 ->
       append(other(side), at[other(side)].reading, at[other(side)].readVersion, epochOfChunk(other(side)), false);
       at[other(side)].reading = 0;
       at[other(side)].readVersion = 0;
       at[other(side)].readEpoch = 0
     }
  od
}

/* -------------------------------------------------------------------------------------------------- Control plane */

proctype controlPlane() {
end:
  do
  :: d_step { handoversLeft > 0 && journal == nothing && (at[0].owned || at[1].owned) ->
       handoversLeft--;
       from = (at[0].owned -> 0 : 1);
       expected = at[from].epoch;
       journal = begun;
       printf("control plane: hand-over from the %e with epoch %d is begun\n", name(from), expected + 1)
     }
  :: d_step { journal == begun && !has(at[from].askedToRelease, expected) ->
       printf("control plane: asks for the release\n");
       add(at[from].askedToRelease, expected)
     }
  :: d_step { journal == begun ->
       printf("control plane: the grant is late\n");
       journal = late
     }
  :: d_step { journal == late && !has(at[other(from)].askedToVeto, expected + 1) ->
       printf("control plane: asks for the veto\n");
       add(at[other(from)].askedToVeto, expected + 1)
     }
  :: d_step { journal == late && !vetoHeard && at[other(from)].vetoed == expected + 1 ->
       printf("control plane: hears that the veto is committed\n");
       vetoHeard = true
     }
  :: d_step { journal == late && mayAskToReopen && !has(at[from].askedToReopen, expected) ->
       printf("control plane: asks for the reopening\n");
       add(at[from].askedToReopen, expected)
     }
  :: d_step { journal == late && has(at[from].askedToReopen, expected) && isReopened(from) ->
       printf("control plane: hears of the reopening, the hand-over has failed\n");
       journal = nothing;
       vetoHeard = false
     }
  :: d_step { journal != nothing && at[other(from)].epoch > expected ->
       printf("control plane: hears of the grant, the hand-over is complete\n");
       journal = nothing;
       vetoHeard = false
     }
  od
}

/* ------------------------------------------------------------------------------------------------------- Gateway */

#define isHeard(side) (heard[side].reported && heard[side].owned == at[side].owned && heard[side].epoch == at[side].epoch)

/* A side whose sidecar is silent is one that takes no such step. */
#define HEAR(side) \
  :: d_step { gatewayIsUp && !isHeard(side) -> \
       printf("gateway: hears of the %e: owned %d, epoch %d\n", name(side), at[side].owned, at[side].epoch); \
       heard[side].owned = at[side].owned; \
       heard[side].epoch = at[side].epoch; \
       heard[side].live = true; \
       heard[side].reported = true; \
       checkReads() \
     }

/* Starts at any moment, ends or is cut off at any other, and keeps what it knew, or not. It reads all the time. */
proctype gateway() {
end:
  do
  :: d_step { !gatewayIsUp && startsLeft > 0 ->
       printf("gateway: starts, and keeps of the monolith %d, of the service %d\n", heard[0].epoch, heard[1].epoch);
       startsLeft--;
       gatewayIsUp = true;
       checkReads()
     }
  :: d_step { gatewayIsUp && startsLeft > 0 ->
       printf("gateway: ends, or is cut off\n");
       gatewayIsUp = false;
       forgetReports(0);
       forgetReports(1)
     }
  :: d_step { !gatewayIsUp && startsLeft > 0 && (heard[0].epoch + heard[1].epoch > 0 || heard[0].owned) ->
       printf("gateway: its map is lost\n");
       forgetRow(0);
       forgetRow(1)
     }
  HEAR(0) HEAR(1)
  od
}

/* ------------------------------------------------------------------------------------------------ What goes wrong */

/* Capture and applier lose what they know. Should the database crash as well, writes in flight are rolled back: see there. */
proctype sidecarCrashes(bit side) {
  byte place;
end:
  do
  :: d_step { crashesLeft > 0 ->
       printf("%e: the sidecar crashes; the capture goes on behind the last message, or at the replica's place\n", name(side));
       crashesLeft--;
       place = LOG;
       do
       :: place > 0 && !isSent(side, place - 1) -> place--
       :: else -> break
       od;
       rememberPlace(side);
       at[side].captured = (place > 0 -> at[side].leadsTo[place - 1] : at[other(side)].applied);
       place = 0;
       forgetTransaction(side);
       forgetVeto(side)
     }
  od
}

proctype controlPlaneCrashes() {
end:
  do
  :: d_step { crashesLeft > 0 && journal != nothing ->
       printf("control plane: crashes, another leader goes on from the journal\n");
       crashesLeft--;
       vetoHeard = false;
       forgetJournal()
     }
  od
}

/* Any messages that follow each other are gone: the newest, the oldest, some in the middle, or all. */
proctype brokerLoses(bit side) {
  byte first, behind;
end:
  do
  :: atomic { lossesLeft > 0 && at[side].stream != 0 ->
       lossesLeft--;
       do
       :: isLaterSent(side, first + 1) -> first++
       :: isSent(side, first) -> break
       od;
       behind = first + 1;
       do
       :: isLaterSent(side, behind) -> behind++
       :: isSent(side, behind - 1) -> break
       od;
       printf("the broker loses the messages from the %e after the places %d to %d\n", name(side), first, behind - 1);
       at[side].stream = at[side].stream & ~((1 << behind) - (1 << first));
       do
       :: behind > first -> behind--; at[side].leadsTo[behind] = 0
       :: else -> break
       od;
       first = 0;
       behind = 0
     }
  od
}

proctype applierStops(bit side) {
end:
  do
  :: d_step { stopsLeft > 0 && !at[side].stopped ->
       printf("%e: the applier meets a row that it can't apply, and stops\n", name(side));
       stopsLeft--;
       at[side].stopped = true
     }
  od
}

/* From some moment on nobody wants anything and nothing fails any more. A request that nobody repeats may be lost. */
#define eventsLeft (handoversLeft + writesLeft + crashesLeft + lossesLeft + stopsLeft + refillsLeft + startsLeft > 0)
#define isAsked(side) (at[side].askedToRelease != 0 || at[side].askedToVeto != 0 || at[side].askedToReopen != 0)

inline loseRequests(side) {
  at[side].askedToRelease = 0;
  at[side].askedToVeto = 0;
  at[side].askedToReopen = 0
}

proctype calm() {
end:
  do
  :: d_step { eventsLeft || (journal == nothing && (isAsked(0) || isAsked(1))) ->
       printf("calm: nothing is begun and nothing fails from now on\n");
       handoversLeft = 0;
       writesLeft = 0;
       crashesLeft = 0;
       lossesLeft = 0;
       stopsLeft = 0;
       refillsLeft = 0;
       startsLeft = 0;
       if
       :: journal == nothing -> loseRequests(0); loseRequests(1)
       :: else
       fi
     }
  od
}

/* What must be able to happen at the end, or the properties say nothing: the checker expects that spin finds it. */
#ifdef REACH_THERE_AND_BACK
#define isReached (at[0].owned && at[0].epoch == 2 && at[1].epoch == 2 && at[1].version == WRITES)
#endif
#ifdef REACH_REOPENED
#define isReached (at[0].owned && at[0].epoch == 2 && at[1].vetoed == 1)
#endif
#ifdef REACH_EPOCH_SKIPPED
#define isReached (at[0].owned && at[0].epoch == 1)
#endif
#ifdef REACH_MOVED_AFTER_VETO
#define isReached (at[1].owned && at[1].vetoed > 0 && at[1].version == WRITES)
#endif
#ifndef isReached
#define isReached false
#endif

/* When nothing can happen any more, all must be in order. */
proctype judge() {
  timeout ->
  MUST(not_reached, !isReached);
  MUST(ends_with_one_owner, at[0].owned != at[1].owned && journal == nothing);
  MUST(ends_with_equal_sides, at[0].stopped || (at[0].filled && at[0].version == committed));
  MUST(ends_with_equal_sides, at[1].stopped || (at[1].filled && at[1].version == committed))
}

init {
  atomic {
    at[0].owned = true;
    at[0].filled = true;
    at[1].filled = true;
    run writers(0); run writers(1);
    run ownership(0); run ownership(1);
    run capture(0); run capture(1);
    run applier(0); run applier(1);
    run controlPlane();
    run sidecarCrashes(0); run sidecarCrashes(1);
    run controlPlaneCrashes();
    run brokerLoses(0); run brokerLoses(1);
    run applierStops(0); run applierStops(1);
    run calm();
    run judge();
    run filler(0); run filler(1);
    run gateway();
    runFaultySteps()
  }
}
