/*
 * The rules of the protocol, each with what breaks it. `check-model.mjs` shows that nothing goes wrong while all are kept, and
 * that something does as soon as one is broken: so each of them is needed.
 */

/* ----------------------------------------------------------------------------------------------- Guard and release */

/* The guard's shared lock lasts until the write has committed ... */
#ifdef GUARD_IN_OTHER_TRANSACTION
#define locksOfGuard 0
#else
#define locksOfGuard 1
#endif

/* ... and who changes the ownership row takes it exclusively: after the writes in flight. */
#ifdef GUARD_WITHOUT_LOCK
#define rowIsFree(side) true
#else
#define rowIsFree(side) (at[side].locks == 0)
#endif

/* A request to release names the epoch that it is meant for. */
#ifdef RELEASE_AT_ANY_EPOCH
#define releaseFits(side) (at[side].askedToRelease != 0)
#else
#define releaseFits(side) has(at[side].askedToRelease, at[side].epoch)
#endif

/* ----------------------------------------------------------------------------------------------------------- Grant */

/* A token opens the bucket if it is newer than the row, was not refused, and the replica is complete. */
#define isNew(side, token) (at[side].epoch < (token))

/* The veto is read under the lock that the grant takes to write the row: so each knows of the other. */
#ifdef GRANT_READS_VETO_WITHOUT_LOCK
byte seenUnrefused[2];
#define isUnrefused(side, token) (at[side].vetoed < (token) || seenUnrefused[side] == (token))
#else
#ifdef GRANT_IGNORES_VETO
#define isUnrefused(side, token) true
#else
#define isUnrefused(side, token) (at[side].vetoed < (token))
#endif
#endif

#ifdef GRANT_BEFORE_FILLED
#define isComplete(side) true
#else
#define isComplete(side) at[side].filled
#endif

#define mayGrant(side, token) (isNew(side, token) && isUnrefused(side, token) && isComplete(side))

/* -------------------------------------------------------------------------------------------------- Veto and reopen */

/* A veto fails when its token has been granted. */
#ifdef VETO_IGNORES_GRANT
#define mayVeto(side, token) (at[side].vetoed < (token))
#else
#define mayVeto(side, token) (isNew(side, token) && at[side].vetoed < (token))
#endif

/* A veto is a committed row. */
#ifdef VETO_IN_MEMORY
#define forgetVeto(side) at[side].vetoed = 0
#else
#define forgetVeto(side) skip
#endif

/* The releasing side is asked to reopen only after the answer that the veto is committed. */
#ifdef REOPEN_WITHOUT_VETO
#define mayAskToReopen true
#else
#define mayAskToReopen vetoHeard
#endif

/* A request to reopen names its epoch, too. */
#ifdef REOPEN_AT_ANY_EPOCH
#define reopensReleased(side) (!at[side].owned && at[side].askedToReopen != 0)
#else
#define reopensReleased(side) \
  (!at[side].owned && at[side].epoch > 0 && has(at[side].askedToReopen, at[side].epoch - 1))
#endif

/* A side that has not released yet goes on with the next epoch all the same: so that a request to release which is still on
   its way does nothing when it arrives. Nobody would reopen after that. */
#ifdef REOPEN_ONLY_WHEN_RELEASED
#define reopensOwned(side) false
#define isReopened(side) at[side].owned
#else
#define reopensOwned(side) (at[side].owned && rowIsFree(side) && has(at[side].askedToReopen, at[side].epoch))
#define isReopened(side) (at[side].owned && at[side].epoch > expected)
#endif

/* Who reopens takes a new epoch: the released one was the other side's. */
#ifdef REOPEN_KEEPS_EPOCH
#define epochOfReopening(side) at[side].epoch
#else
#define epochOfReopening(side) (at[side].epoch + 1)
#endif

/* What is asked of a side stands in the journal before. */
#ifdef JOURNAL_IN_MEMORY
#define forgetJournal() journal = nothing
#else
#define forgetJournal() skip
#endif

/* ------------------------------------------------------------------------------------------------------ Replication */

/* What an applier did is not sent back. */
#ifdef NO_LOOP_SUPPRESSION
#define isPassedOver(entry) false
#define lengthToSend(side) at[side].length
#else
#define isPassedOver(entry) entry.replicated
#define lengthToSend(side) at[side].localLength
#endif

/* After a crash the capture reads on where the stream ends, not where it remembers to have been. */
#ifdef CAPTURE_REMEMBERS
byte remembered[2];
#define rememberPlace(side) remembered[side] = at[side].captured
#define readFrom(side) (remembered[side] > at[side].captured -> remembered[side] : at[side].captured)
#else
#define rememberPlace(side) skip
#define readFrom(side) at[side].captured
#endif

/* The applier takes the message that follows on its place, and no other. */
#define isSent(side, place) has(at[side].stream, place)
#define isLaterSent(side, place) ((at[side].stream >> (place)) != 0)
#ifdef NO_GAP_CHECK
#define isThereNext(side) isLaterSent(other(side), at[side].applied)
#else
#define isThereNext(side) isSent(other(side), at[side].applied)
#endif

/* That a message is missing shows by a later one: by the next heartbeat if nothing else comes. */
#ifdef NO_HEARTBEAT
#define gapShows(side) isLaterSent(other(side), at[side].applied)
#else
#define gapShows(side) (at[other(side)].captured > at[side].applied)
#endif

/* The place moves in the transaction that writes the rows. */
#ifdef POSITION_APART
byte behindRows[2];
#define isBetweenTransactions(side) (behindRows[side] == 0)
#define moveTo(side, place) behindRows[side] = place
#define forgetTransaction(side) behindRows[side] = 0
#else
#define isBetweenTransactions(side) true
#define moveTo(side, place) at[side].applied = place
#define forgetTransaction(side) skip
#endif

/* --------------------------------------------------------------------------------------------------------- Backfill */

/* Rows of a chunk are taken only if the bucket has not been this side's since they were read. */
#ifdef CHUNK_OVER_OWNER
#define chunkFits(side, under) true
#else
#ifdef CHUNK_IGNORES_EPOCH
#define chunkFits(side, under) (!at[side].owned)
#else
#define chunkFits(side, under) (!at[side].owned && at[side].epoch <= (under))
#endif
#endif

/* A chunk has the rows of all buckets, whoever owns them, with the epochs of the snapshot that the rows are from. */
#ifdef CHUNK_OF_OWNER_ONLY
#define kindOfChunk(side) (at[side].owned -> chunk : emptyChunk)
#else
#define kindOfChunk(side) chunk
#endif
#ifdef CHUNK_EPOCH_READ_LATER
#define epochOfChunk(side) at[side].epoch
#else
#define epochOfChunk(side) at[side].readEpoch
#endif

/* ------------------------------------------------------------------------------------------------------------ Reads */

/* The newer row names the home: the side that owns the bucket or, between two owners, has owned it last. */
#define lastOwner \
  ((heard[1].epoch > heard[0].epoch || (heard[1].epoch == heard[0].epoch && heard[1].owned && !heard[0].owned)) -> 1 : 0)

/* Rows that were kept are hints: what has happened since then is not known. */
#ifdef HOME_BY_KEPT_ROWS
#define isLive(side) true
#else
#define isLive(side) heard[side].live
#endif

/* A row that says `released` names no home by itself: the other side may own the bucket by now. */
#ifdef HOME_BY_ONE_RELEASE
#define namesHome(side) isLive(side)
#else
#define namesHome(side) (heard[side].owned && isLive(side))
#endif

/* But if the other side has said that its row is not newer, it has not been granted the bucket; nor has it taken a write
   since, of which the gateway would have heard. */
#define homeIsKnown (namesHome(lastOwner) || heard[other(lastOwner)].reported)

/* Every gateway is told which side took a write before the client gets its answer. */
#ifdef WRITES_NOT_ANNOUNCED
#define hearWrite(side) skip
#else
#define hearWrite(side) \
  if \
  :: gatewayIsUp -> \
     heard[side].owned = true; \
     heard[side].epoch = at[side].epoch; \
     heard[side].live = true \
  :: else \
  fi
#endif

/* A gateway that was away has to be told again. */
#ifdef REPORTS_OUTLIVE_SILENCE
#define forgetReports(side) skip
#else
#define forgetReports(side) heard[side].live = false; heard[side].reported = false
#endif

#define forgetRow(side) \
  heard[side].owned = false; \
  heard[side].epoch = 0

/* ------------------------------------------------------------------------------- Steps that the protocol does not have */

#if defined(GRANT_BEFORE_ROWS) || defined(GRANT_IGNORES_EPOCH) || defined(GRANT_READS_VETO_WITHOUT_LOCK) || \
  defined(POSITION_APART) || defined(COMMITS_ARE_NOT_DURABLE)
#define runFaultySteps() run faultySteps(0); run faultySteps(1)

proctype faultySteps(bit side) {
  byte place;
end:
  do
#ifdef GRANT_BEFORE_ROWS
  :: d_step { !at[other(side)].owned && mayGrant(side, at[other(side)].epoch) ->
       printf("%e: is told of epoch %d, not by the stream, and grants it\n", name(side), at[other(side)].epoch);
       at[side].owned = true;
       at[side].epoch = at[other(side)].epoch;
       checkOwners()
     }
#endif
#ifdef GRANT_IGNORES_EPOCH
  :: d_step { place < at[side].applied && isSent(other(side), place) && at[other(side)].log[place].kind == release ->
       printf("%e: grants epoch %d, which is delivered again\n", name(side), at[other(side)].log[place].value);
       at[side].owned = true;
       at[side].epoch = at[other(side)].log[place].value;
       checkOwners()
     }
  :: place < at[side].applied -> place++
#endif
#ifdef GRANT_READS_VETO_WITHOUT_LOCK
  :: d_step { !at[other(side)].owned && isNew(side, at[other(side)].epoch) && seenUnrefused[side] < at[other(side)].epoch &&
       isUnrefused(side, at[other(side)].epoch) ->
       printf("%e: the applier begins to grant epoch %d: sees no veto\n", name(side), at[other(side)].epoch);
       seenUnrefused[side] = at[other(side)].epoch
     }
#endif
#ifdef POSITION_APART
  :: d_step { behindRows[side] != 0 ->
       printf("%e: the applier commits place %d\n", name(side), behindRows[side]);
       at[side].applied = behindRows[side];
       behindRows[side] = 0
     }
#endif
#ifdef COMMITS_ARE_NOT_DURABLE
  :: d_step { at[side].length > 0 && at[side].log[at[side].length - 1].kind == release &&
       !at[side].log[at[side].length - 1].replicated ->
       printf("%e: the machine fails, and its database comes back without the release\n", name(side));
       at[side].length--;
       at[side].localLength = at[side].length;
       at[side].owned = true;
       at[side].epoch--;
       checkOwners()
     }
#endif
  od
}

#else
#define runFaultySteps() skip
#endif
