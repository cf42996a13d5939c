/*
 * A backfill of several tables, chunk by chunk, with its progress in the replica's database, while the source is written to and
 * whatever takes part may crash. Decisions 0023 and 0031 say what is done; README.md what is left out.
 *
 * Each table has two ranges of keys, so two chunks. What a side has of a range is the number of the range's last write.
 */

#ifndef WRITES
#define WRITES 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef CHAINS
#define CHAINS 1
#endif
#ifndef TABLES_ADDED
#define TABLES_ADDED 1
#endif
#define TABLES 2
#define RANGES 2
/* Chunks on their way at a time. */
#define DEPTH 2
#define LOG 6

mtype = { write, chunk, lostChunk };

typedef Entry {
  mtype kind;
  byte table, range;
  byte value;
  bool changed;    /* chunk: the range was written to while it was read, so that its rows are left out */
};

typedef Table {
  byte value[RANGES];
};

/* The source, and its log from the replica's place on. */
Table source[TABLES];
Entry log[LOG];
byte length;
byte writes;

/* The window of a chunk that is being read: volatile. */
bool isReading;
byte readTable, readRange, readValue;
bool readChanged;

/* Durable, in the replica's database. */
Table replica[TABLES];
bool filled;
bool hasProgress[TABLES];
byte progress[TABLES];   /* ranges that are here, from the first one on */

/* What the move names, as the sidecars know since they were started last. */
byte tables = TABLES - TABLES_ADDED;

/* The filler's, volatile: the table that it fills, the range to ask for next, and chunks that it has asked for and not met. */
bool isFilling;
byte fillTable, next, outstanding;

byte crashesLeft = CRASHES, chainsLeft = CHAINS, addedLeft = TABLES_ADDED;

/* Known to the properties only: what the source had at the replica's place. */
Table then[TABLES];

/* Always false. The name of the property that doesn't hold stands in spin's message. */
bool complete_means_every_row, ends_complete, bounds_suffice, not_reached;
#define MUST(property, holds) assert(property || (holds))

/* ------------------------------------------------------------------------------------------------------------ Rules */

/* The progress of all tables is begun in one transaction, and the move says which tables there are. */
#ifdef BEGUN_TABLE_BY_TABLE
byte begunTables = TABLES;
#define isBegun (begunTables == TABLES)
#define isWhole(table) (!hasProgress[table] || progress[table] == RANGES)
#define beginProgress() \
  hasProgress[0] = false; progress[0] = 0; hasProgress[1] = false; progress[1] = 0; begunTables = 0
#define lacksProgress (tables > 0 && !hasProgress[0] && !hasProgress[1])
#else
#define isBegun true
#define isWhole(table) (table >= tables || (hasProgress[table] && progress[table] == RANGES))
#define beginProgress() \
  hasProgress[0] = true; progress[0] = 0; hasProgress[1] = (tables > 1); progress[1] = 0
/* A table that the move did not name before is noticed when the applier starts. */
#ifdef ADDED_TABLE_IS_NOT_NOTICED
#define lacksProgress (!hasProgress[0] && !hasProgress[1])
#else
#define lacksProgress (!hasProgress[0] || (tables > 1 && !hasProgress[1]))
#endif
#endif

/* So is the chain with it. */
#ifdef NEW_CHAIN_BEFORE_PROGRESS
bool isBetween;
#define beginChain() isBetween = true
#define isSettled !isBetween
#else
#define beginChain() beginProgress()
#define isSettled true
#endif

/* The chunk that is taken is the next one of its table. */
#ifdef ANY_CHUNK_IS_TAKEN
#define isNext(entry) true
#else
/* Its progress is noted in the transaction that applies it. */
#ifdef PROGRESS_WHEN_ASKED
#define isNext(entry) (progress[entry.table] > entry.range)
#define noteWhenAsked(table_) progress[table_] = next
#else
#define isNext(entry) (progress[entry.table] == entry.range)
#endif
#endif
#ifndef noteWhenAsked
#define noteWhenAsked(table_) skip
#endif

/* What changed between the two watermarks is newer than what was read. */
#ifdef WINDOW_SEES_NO_CHANGES
#define sees(table_, range_) false
#else
#define sees(table_, range_) (isReading && readTable == table_ && readRange == range_)
#endif

/* A chunk whose window is gone says only that it is lost. */
#ifdef LOST_CHUNK_IS_EMPTY
#define kindOfLost chunk
#else
#define kindOfLost lostChunk
#endif

/* ------------------------------------------------------------------------------------------------------------ Source */

inline append(what, table_, range_, value_, changed_) {
  MUST(bounds_suffice, length < LOG);
  log[length].kind = what;
  log[length].table = table_;
  log[length].range = range_;
  log[length].value = value_;
  log[length].changed = changed_;
  length++
}

inline closeWindow() {
  isReading = false;
  readTable = 0;
  readRange = 0;
  readValue = 0;
  readChanged = false
}

#define WRITE(table_, range_) \
  :: d_step { writes < WRITES -> \
       writes++; \
       source[table_].value[range_] = writes; \
       append(write, table_, range_, writes, false); \
       readChanged = readChanged || sees(table_, range_); \
       printf("source: write %d goes to range %d of table %d\n", writes, range_, table_) \
     }

proctype writers() {
end:
  do
  WRITE(0, 0) WRITE(0, 1) WRITE(1, 0) WRITE(1, 1)
  od
}

/* The chunk goes where the log is at its high watermark. */
proctype capture() {
end:
  do
  :: d_step { isReading ->
       printf("capture: sends range %d of table %d, changed meanwhile: %d\n", readRange, readTable, readChanged);
       append(chunk, readTable, readRange, readValue, readChanged);
       closeWindow()
     }
  :: d_step { isReading && crashesLeft > 0 ->
       printf("capture: crashes, range %d of table %d is lost\n", readRange, readTable);
       crashesLeft--;
       append(kindOfLost, readTable, readRange, 0, false);
       closeWindow()
     }
  od
}

/* ----------------------------------------------------------------------------------------------------------- Replica */

#define isRight(table_, range_) (table_ >= tables || replica[table_].value[range_] == then[table_].value[range_])

/* What a complete replica has of every table is what the source had at that place of its log. */
inline checkComplete() {
  MUST(complete_means_every_row, !filled || (isRight(0, 0) && isRight(0, 1) && isRight(1, 0) && isRight(1, 1)))
}

inline clear(place_) {
  log[place_].kind = 0;
  log[place_].table = 0;
  log[place_].range = 0;
  log[place_].value = 0;
  log[place_].changed = false
}

/* What has been applied is not looked at again. */
inline forgetFirst() {
  do
  :: at_ + 1 < length ->
     log[at_].kind = log[at_ + 1].kind;
     log[at_].table = log[at_ + 1].table;
     log[at_].range = log[at_ + 1].range;
     log[at_].value = log[at_ + 1].value;
     log[at_].changed = log[at_ + 1].changed;
     at_++
  :: else -> break
  od;
  at_ = 0;
  length--;
  clear(length)
}

#define entry log[0]
#define isTaken \
  (entry.kind == chunk && hasProgress[entry.table] && !filled && isNext(entry))

proctype applier() {
  byte at_;
end:
  do
  :: d_step { length > 0 && !lacksProgress && isBegun && isSettled ->
       if
       :: entry.kind == write && entry.table < tables ->
          replica[entry.table].value[entry.range] = entry.value
       :: isTaken ->
          printf("applier: takes range %d of table %d\n", entry.range, entry.table);
          replica[entry.table].value[entry.range] =
            (entry.changed -> replica[entry.table].value[entry.range] : entry.value);
          progress[entry.table] = (progress[entry.table] > entry.range -> progress[entry.table] : entry.range + 1);
          filled = isWhole(0) && isWhole(1)
       :: else
       fi;
       then[entry.table].value[entry.range] =
         (entry.kind == write -> entry.value : then[entry.table].value[entry.range]);
       if
       :: entry.kind == lostChunk -> isFilling = false; outstanding = 0; next = 0; fillTable = 0
       :: entry.kind == chunk && outstanding > 0 -> outstanding--
       :: else
       fi;
       forgetFirst();
       checkComplete()
     }
  od
}

#define copyTable(to, from) to.value[0] = from.value[0]; to.value[1] = from.value[1]

inline stopFilling() {
  isFilling = false;
  outstanding = 0;
  next = 0;
  fillTable = 0
}

#define FILL(table_) \
  :: d_step { !isFilling && hasProgress[table_] && progress[table_] < RANGES && isBegun && isSettled -> \
       isFilling = true; \
       fillTable = table_; \
       next = progress[table_] \
     }

proctype filler() {
end:
  do
  /* At the applier's start: a replica that has not read every table is not complete, whatever is noted. */
  :: d_step { lacksProgress && isBegun && isSettled ->
       printf("filler: begins with every table of the move\n");
       filled = false;
       beginProgress();
       stopFilling()
     }
  /* A person asks for a new chain: the place jumps over whatever is between. */
  :: d_step { chainsLeft > 0 && !lacksProgress && isBegun && isSettled ->
       printf("filler: a new chain begins, %d entries of the log are passed over\n", length);
       chainsLeft--;
       filled = false;
       do
       :: length > 0 -> length--; clear(length)
       :: else -> break
       od;
       copyTable(then[0], source[0]);
       copyTable(then[1], source[1]);
       beginChain();
       stopFilling();
       closeWindow()
     }
  FILL(0) FILL(1)
  /* Asks ahead of what has been applied. */
  :: d_step { isFilling && !isReading && next < RANGES && outstanding < DEPTH ->
       printf("filler: asks for range %d of table %d\n", next, fillTable);
       isReading = true;
       readTable = fillTable;
       readRange = next;
       readValue = source[fillTable].value[next];
       next++;
       outstanding++;
       noteWhenAsked(fillTable)
     }
  :: d_step { isFilling && outstanding == 0 && !isReading && next == RANGES -> stopFilling() }
  :: d_step { isFilling && crashesLeft > 0 ->
       printf("filler: crashes, and goes on with what is noted\n");
       crashesLeft--;
       stopFilling()
     }
  :: d_step { addedLeft > 0 && filled && !isReading ->
       printf("the move names a table more, and the sidecars start with it\n");
       addedLeft--;
       tables++;
       stopFilling()
     }
#ifdef BEGUN_TABLE_BY_TABLE
  :: d_step { !isBegun ->
       hasProgress[begunTables] = begunTables < tables;
       progress[begunTables] = 0;
       begunTables++
     }
  :: d_step { !isBegun && crashesLeft > 0 ->
       printf("filler: crashes before it has begun with all tables\n");
       crashesLeft--;
       begunTables = TABLES
     }
#endif
#ifdef NEW_CHAIN_BEFORE_PROGRESS
  :: d_step { isBetween -> beginProgress(); isBetween = false }
  :: d_step { isBetween && crashesLeft > 0 ->
       printf("filler: crashes before it has begun with the progress of the new chain\n");
       crashesLeft--;
       isBetween = false
     }
#endif
  od
}

/* What must be able to happen, or the properties say nothing. */
#ifdef REACH_ALL_TABLES_FILLED
#define isReached (filled && tables == TABLES && writes == WRITES && crashesLeft == 0 && chainsLeft == 0)
#endif
#ifndef isReached
#define isReached false
#endif

proctype judge() {
  timeout ->
  MUST(not_reached, !isReached);
  MUST(ends_complete, filled)
}

init {
  atomic {
    run writers();
    run capture();
    run applier();
    run filler();
    run judge()
  }
}
