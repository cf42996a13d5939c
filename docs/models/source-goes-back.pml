/*
 * A source that goes back in time: its database is put back to an earlier state, or another one that lacks the end takes its place,
 * while the stream and the replica have more. Decision 0071 says what is done about it; README.md what is left out.
 *
 * Transactions are numbered as GTIDs are: one that is written after the source went back gets a number that another had. What tells
 * the two apart is when they were committed, here `made`, a number of its own for each.
 */

#ifndef COMMITS
#define COMMITS 4
#endif
#ifndef GOBACKS
#define GOBACKS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef CHAINS
#define CHAINS 1
#endif
/* Messages are sent anew after a loss, after a crash, and in a new chain; marks and chunks come besides. */
#define STREAM 12

mtype = { transaction, chunk, mark };
mtype = { unfilled, complete, wentBack };

/* A place in the source's history: it is the same only if all of it is. */
typedef Place {
  bit chain;
  byte seq;      /* messages of the chain before it */
  byte number;   /* the last transaction before it, 0 for none: its GTID */
  byte made;     /* when that was committed */
};

typedef Message {
  mtype kind;
  Place previous;
  Place position;
};

/* Durable: the source's database, the one that was set aside, the replica. */
byte number;               /* of the source's last transaction */
byte history[COMMITS + 1]; /* which transaction has which number */
byte asideNumber;
byte aside[COMMITS + 1];
bool isAside;
Place applied;
mtype filled = complete;

/* The broker's. */
Message stream[STREAM];
byte length;

/* The capture's: volatile, but for the stream's last message, which says it again. */
bool reading, stopped, wanted;
Place at;
Place asked;

byte commits, crashesLeft = CRASHES, lossesLeft = LOSSES, goBacksLeft = GOBACKS, chainsLeft = CHAINS;
bool isDown, isLosing;

/* Known to the properties only: which transaction each followed, and the newest that the replica has rightly. */
byte parent[COMMITS + 1];
byte content;

bool nothing_is_skipped, complete_is_equal, bounds_suffice, not_reached;
#define MUST(property, holds) assert(property || (holds))

/* ------------------------------------------------------------------------------------------------------------ Rules */

/* A reading asks first whether the server has executed all that is before its place ... */
#ifdef EXECUTED_NOT_ASKED
#define hasExecuted true
#else
#define hasExecuted (number >= at.number)
#endif

/* ... and reads the last transaction again, to see whether it is still the same one. */
#ifdef LAST_NOT_READ_AGAIN
#define isSameLast true
#else
#define isSameLast (number < at.number || history[at.number] == at.made)
#endif

/* A message goes on where the replica is only if it follows on the same last transaction. */
#ifdef MESSAGES_FIT_BY_NUMBER
#define isLastOf(message) true
#else
#define isLastOf(message) (message.previous.made == applied.made)
#endif
#define fits(message) (message.previous.chain == applied.chain && message.previous.seq == applied.seq && \
  message.previous.number == applied.number && isLastOf(message))

/* The replica is not complete any more once it has met the mark. */
#ifdef MARK_IS_PASSED_OVER
#define filledAfterMark filled
#else
#define filledAfterMark (filled == complete -> wentBack : filled)
#endif

/* Nor is it when a new chain begins: what was written before and never sent is in no message of it. */
#ifdef NEW_CHAIN_IS_COMPLETE
#define filledInNewChain complete
#else
#define filledInNewChain unfilled
#endif

/* --------------------------------------------------------------------------------------------------------- The source */

#define isSamePlace(one, two) (one.chain == two.chain && one.seq == two.seq && one.number == two.number && one.made == two.made)
#define copyPlace(to, from) to.chain = from.chain; to.seq = from.seq; to.number = from.number; to.made = from.made

proctype source() {
  byte place;
end:
  do
  :: d_step { commits < COMMITS && !isDown ->
       commits++;
       parent[commits] = history[number];
       number++;
       history[number] = commits;
       printf("source: commits %d as number %d\n", commits, number)
     }
  :: d_step { goBacksLeft > 0 && number > 0 && !isDown ->
       printf("source: is gone\n");
       goBacksLeft--;
       isDown = true;
       reading = false;
       isAside = true;
       asideNumber = number;
       place = 0;
       do
       :: place < COMMITS -> place++; aside[place] = history[place]
       :: else -> break
       od;
       place = 0
     }
  :: d_step { isDown && number > 0 ->
       history[number] = 0;
       number--
     }
  :: d_step { isDown ->
       printf("source: is back with %d transactions\n", number);
       isDown = false
     }
  /* A fail-over, and back to the first database later: what the second one took is gone. */
  :: d_step { goBacksLeft > 0 && !isDown && isAside ->
       printf("source: the database that was set aside takes its place again, with %d transactions\n", asideNumber);
       goBacksLeft--;
       reading = false;
       number = asideNumber;
       place = 0;
       do
       :: place < COMMITS -> place++; history[place] = aside[place]
       :: else -> break
       od;
       place = 0;
       isAside = false
     }
  od
}

/* -------------------------------------------------------------------------------------------------------- The capture */

inline append(what) {
  MUST(bounds_suffice, length < STREAM);
  stream[length].kind = what;
  copyPlace(stream[length].previous, at);
  at.seq++;
  if
  :: what == transaction -> at.number++; at.made = history[at.number]
  :: else
  fi;
  copyPlace(stream[length].position, at);
  length++
}

inline chooseStart() {
  if
  :: wanted -> copyPlace(at, asked)
  :: !wanted && length > 0 -> copyPlace(at, stream[length - 1].position)
  :: else -> copyPlace(at, applied)
  fi;
  stopped = (!wanted && length > 0 -> stream[length - 1].kind == mark : false);
  wanted = false
}

proctype capture() {
end:
  do
  :: d_step { !reading && !stopped && !isDown && !isLosing ->
       chooseStart();
       if
       :: stopped -> printf("capture: the stream ends with the mark, nothing is read\n")
       /* The first of a chain begins wherever the source is. */
       :: !stopped && at.seq == 0 && at.chain == 1 ->
          printf("capture: a new chain begins behind number %d\n", number);
          reading = true
       :: else ->
          if
          :: hasExecuted && isSameLast ->
             printf("capture: reads on behind number %d\n", at.number);
             reading = true
          :: else ->
             printf("capture: the source has gone back, it is marked\n");
             append(mark);
             stopped = true
          fi
       fi
     }
  :: d_step { reading && !isLosing && at.seq == 0 && at.chain == 1 && filled == unfilled ->
       printf("capture: sends all rows, as they are behind number %d\n", number);
       append(chunk);
       at.number = number;
       at.made = history[number];
       copyPlace(stream[length - 1].position, at)
     }
  :: d_step { reading && !isLosing && !(at.seq == 0 && at.chain == 1) && at.number < number ->
       append(transaction);
       printf("capture: sends %d, number %d\n", at.made, at.number)
     }
  :: d_step { reading && crashesLeft > 0 ->
       printf("capture: crashes\n");
       crashesLeft--;
       reading = false
     }
  od
}

proctype broker() {
end:
  do
  :: d_step { lossesLeft > 0 && length > 0 ->
       printf("broker: loses its newest messages\n");
       lossesLeft--;
       isLosing = true;
       reading = false
     }
  :: d_step { isLosing && length > 0 ->
       length--;
       stream[length].kind = 0;
       stream[length].previous.chain = 0; stream[length].previous.seq = 0;
       stream[length].previous.number = 0; stream[length].previous.made = 0;
       stream[length].position.chain = 0; stream[length].position.seq = 0;
       stream[length].position.number = 0; stream[length].position.made = 0
     }
  :: d_step { isLosing -> isLosing = false; stopped = false }
  od
}

/* -------------------------------------------------------------------------------------------------------- The applier */

inline take(message) {
  copyPlace(applied, message.position);
  if
  :: message.kind == transaction ->
     printf("applier: applies %d, number %d\n", applied.made, applied.number);
     MUST(nothing_is_skipped, filled != complete || content == parent[applied.made]);
     content = (content == parent[applied.made] -> applied.made : content)
  :: message.kind == chunk ->
     printf("applier: takes all rows, as they were behind number %d\n", applied.number);
     content = applied.made;
     filled = complete
  :: else ->
     printf("applier: meets the mark\n");
     filled = filledAfterMark
  fi
}

#define TAKE(place) :: d_step { length > place && fits(stream[place]) -> take(stream[place]) }
#define isNone(place) (length <= place || !fits(stream[place]))
#define nothingFits (isNone(0) && isNone(1) && isNone(2) && isNone(3) && isNone(4) && isNone(5) && isNone(6) && \
  isNone(7) && isNone(8) && isNone(9) && isNone(10) && isNone(11))

/* Takes whatever follows on its place; that something is missing shows by a later message, by a heartbeat if nothing else comes. */
proctype applier() {
end:
  do
  TAKE(0) TAKE(1) TAKE(2) TAKE(3) TAKE(4) TAKE(5) TAKE(6) TAKE(7) TAKE(8) TAKE(9) TAKE(10) TAKE(11)
  :: d_step { (reading || stopped) && nothingFits && !isSamePlace(at, applied) ->
       printf("applier: asks for everything behind number %d\n", applied.number);
       copyPlace(asked, applied);
       wanted = true;
       reading = false;
       stopped = false
     }
  /* A person decides to go on with the source as it is. */
  :: d_step { chainsLeft > 0 && filled == wentBack ->
       printf("applier: a new chain is begun\n");
       chainsLeft--;
       applied.chain = 1;
       applied.seq = 0;
       applied.number = 0;
       applied.made = 0;
       filled = filledInNewChain;
       copyPlace(asked, applied);
       wanted = true;
       reading = false;
       stopped = false
     }
  od
}

/* What must be able to happen, or the properties say nothing. */
#ifdef REACH_COMPLETE_AGAIN
#define isReached (filled == complete && applied.chain == 1 && commits == COMMITS && content == history[number])
#endif
#ifndef isReached
#define isReached false
#endif

/* When nothing can happen any more, a replica that counts as complete has what the source has, and nothing else. */
proctype judge() {
  timeout ->
  MUST(not_reached, !isReached);
  MUST(complete_is_equal, filled != complete || content == history[number])
}

init {
  atomic {
    run source();
    run capture();
    run broker();
    run applier();
    run judge()
  }
}
