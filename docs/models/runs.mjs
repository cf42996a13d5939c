/**
 * What is checked, in this order.
 * @typedef {object} Run
 * @property {string} name a mutant's name is the macro that breaks the rule in its model
 * @property {string} model file beside this one
 * @property {string[]} defines bounds and rule, as spin takes them
 * @property {string} about what the run is about; of a mutant: what is done wrong
 * @property {string} [breaks] property that spin has to find broken; without one everything has to hold
 * @property {boolean} [isSmall] so few states that the search takes a moment
 * @property {boolean} [endless] look for runs without an end instead of broken properties
 */

const handOver = 'hand-over.pml';

/** Each is an exhaustive search of `hand-over.pml`. The bounds differ, since all of them at once are more than a machine can hold. */
const searches = [
  { name: 'failures', about: 'two crashes and two losses', bounds: { CRASHES: 2, LOSSES: 2 } },
  { name: 'writes', about: 'three writes', bounds: { WRITES: 3 } },
  { name: 'hand-overs', about: 'three hand-overs', bounds: { HANDOVERS: 3, WRITES: 1 } },
  { name: 'stops', about: 'an applier that stops for ever', bounds: { STOPS: 1 } },
  {
    name: 'backfill',
    about: 'a replica filled anew meanwhile',
    bounds: { REFILLS: 1, CRASHES: 0, LOSSES: 0 },
  },
  {
    name: 'backfill-loss',
    about: 'the same while the broker loses messages',
    bounds: { REFILLS: 1, CRASHES: 0, WRITES: 1 },
  },
  {
    name: 'gateways',
    about: 'a gateway that starts twice, and hears sides or not',
    bounds: { STARTS: 2, CRASHES: 0, LOSSES: 0 },
  },
  { name: 'end', about: 'no run goes on for ever', bounds: {}, endless: true },
];

/** Something that has to be possible, lest the properties hold because nothing happens. */
const reached = {
  REACH_THERE_AND_BACK: 'the bucket is handed over and back, and all writes are on both sides',
  REACH_REOPENED: 'a released bucket is reopened after a veto',
  REACH_EPOCH_SKIPPED: 'a bucket that was never released goes on with the next epoch',
  REACH_MOVED_AFTER_VETO: 'a bucket moves after an earlier hand-over was vetoed',
  REACH_READ_BY_KEPT_ROWS: 'a gateway reads at a silent owner, which it knows from its map on disk',
  REACH_READ_WITHOUT_OWNER: 'a gateway reads at the last owner, between two owners',
};

/** Mutant: what is done wrong, and the property that shows it. */
const mutants = {
  GUARD_WITHOUT_LOCK: ['the release does not wait for writes in flight', 'only_the_owner_writes'],
  GUARD_IN_OTHER_TRANSACTION: ['the guard has committed before the write begins', 'only_the_owner_writes'],
  RELEASE_AT_ANY_EPOCH: ['a late request to release does not name its epoch', 'nothing_moves_unasked'],
  COMMITS_ARE_NOT_DURABLE: ['a database loses a commit that was captured', 'never_two_owners'],
  GRANT_BEFORE_ROWS: ['the token does not go through the stream', 'owner_has_every_write'],
  GRANT_IGNORES_EPOCH: ['a token that is delivered again is granted again', 'never_two_owners'],
  GRANT_IGNORES_VETO: ['a refused token is granted', 'never_two_owners'],
  GRANT_READS_VETO_WITHOUT_LOCK: ['the veto commits between reading and granting', 'never_two_owners'],
  GRANT_BEFORE_FILLED: ['a replica that is being filled is granted', 'owner_has_every_write'],
  VETO_IGNORES_GRANT: ['a veto succeeds although its token was granted', 'never_two_owners'],
  VETO_IN_MEMORY: ['a veto is forgotten in a crash', 'never_two_owners'],
  REOPEN_WITHOUT_VETO: ['reopened as soon as the grant is late', 'never_two_owners'],
  REOPEN_AT_ANY_EPOCH: ['a late request to reopen does not name its epoch', 'never_two_owners'],
  REOPEN_ONLY_WHEN_RELEASED: ['a release after the veto leaves no owner', 'ends_with_one_owner'],
  REOPEN_KEEPS_EPOCH: ["reopened with the other side's epoch", 'epochs_only_grow'],
  JOURNAL_IN_MEMORY: ['a hand-over is forgotten in a crash', 'nothing_moves_unasked'],
  NO_LOOP_SUPPRESSION: ['what was applied is sent back', 'each_write_is_applied_once'],
  CAPTURE_REMEMBERS: [
    'after a crash the capture skips what the stream has lost',
    'each_write_is_applied_once',
  ],
  NO_GAP_CHECK: ['the applier takes whatever comes next', 'each_write_is_applied_once'],
  NO_HEARTBEAT: ['the loss of the last message shows by nothing', 'ends_with_equal_sides'],
  POSITION_APART: ['rows and place in two transactions', 'each_write_is_applied_once'],
  CHUNK_OVER_OWNER: ["a chunk overwrites the owner's rows", 'owner_has_every_write'],
  CHUNK_IGNORES_EPOCH: ['an old chunk overwrites rows that were released since', 'owner_has_every_write'],
  CHUNK_OF_OWNER_ONLY: ['a bucket between two owners is left out', 'each_write_is_applied_once'],
  HOME_BY_ONE_RELEASE: ["a home is taken from one side's released row alone", 'no_read_is_older'],
  HOME_BY_KEPT_ROWS: ['a gateway reads by the map on its disk alone', 'no_read_is_older'],
  REPORTS_OUTLIVE_SILENCE: ['a gateway that was cut off does not ask both sides again', 'no_read_is_older'],
  WRITES_NOT_ANNOUNCED: ['gateways are not told who took a write', 'no_read_is_older'],
  CHUNK_EPOCH_READ_LATER: ['epoch and rows of a chunk are not of one snapshot', 'each_write_is_applied_once'],
};

const ofBackfill = /^CHUNK_|_FILLED$/;
const boundsOfBackfill = { REFILLS: 1, CRASHES: 0, LOSSES: 0 };
const ofReads = /^HOME_|_READ_BY_|_READ_WITHOUT_|_SILENCE$|_ANNOUNCED$/;
const boundsOfReads = { STARTS: 2, CRASHES: 0, LOSSES: 0 };

function boundsOf(name) {
  if (ofReads.test(name)) return boundsOfReads;
  return ofBackfill.test(name) ? boundsOfBackfill : {};
}

/** What stands beside the hand-over, in models of their own: together they would have too many states. */
const smallModels = {
  'source-goes-back.pml': {
    search: {
      name: 'source-goes-back',
      about: 'a source that is put back, and forward, while the stream loses its end',
    },
    reached: { REACH_COMPLETE_AGAIN: 'a new chain makes the replica complete, of a source that went back' },
    mutants: {
      EXECUTED_NOT_ASKED: ['a place that the server has not come to is read on from', 'nothing_is_skipped'],
      LAST_NOT_READ_AGAIN: ['a known GTID is taken for a known transaction', 'nothing_is_skipped'],
      MESSAGES_FIT_BY_NUMBER: ['a message fits by its number, whatever came before it', 'nothing_is_skipped'],
      MARK_IS_PASSED_OVER: ['the replica stays complete when its source went back', 'complete_is_equal'],
      NEW_CHAIN_IS_COMPLETE: [
        'a new chain begins with a replica that counts as complete',
        'complete_is_equal',
      ],
    },
  },
  'backfill.pml': {
    search: {
      name: 'tables',
      about: 'two tables are filled under writes and crashes, one of them is named later',
    },
    reached: { REACH_ALL_TABLES_FILLED: 'both tables are filled after a crash and in a new chain' },
    mutants: {
      BEGUN_TABLE_BY_TABLE: [
        'begun table by table, and told by what progress there is',
        'complete_means_every_row',
      ],
      NEW_CHAIN_BEFORE_PROGRESS: ['a crash between a new chain and its progress', 'complete_means_every_row'],
      ADDED_TABLE_IS_NOT_NOTICED: [
        'a table that a move names later is never read',
        'complete_means_every_row',
      ],
      ANY_CHUNK_IS_TAKEN: [
        'a chunk is taken although the one before it was lost',
        'complete_means_every_row',
      ],
      PROGRESS_WHEN_ASKED: ['progress is noted before the chunk is applied', 'complete_means_every_row'],
      WINDOW_SEES_NO_CHANGES: [
        'a chunk overwrites what was written while it was read',
        'complete_means_every_row',
      ],
      LOST_CHUNK_IS_EMPTY: [
        'a chunk whose window is gone counts as one without rows',
        'complete_means_every_row',
      ],
    },
  },
  'intent.pml': {
    search: {
      name: 'intent',
      about: 'wishes that change, and leaders that follow each other, while gates are asked',
    },
    reached: { REACH_OVERTAKEN: 'gates open for what is not wanted any more, and nothing moves' },
    mutants: {
      GATES_ARE_THE_LAST_LOOK: ['what was decided before the gates is written down', 'begun_as_wanted'],
      WISH_READ_BEFORE: [
        'the wish is read before the transaction that writes the hand-over',
        'begun_as_wanted',
      ],
      COMPLETION_NOT_ASKED: ['a completion that was begun meanwhile is not looked at', 'begun_as_wanted'],
      PAUSE_HOLDS_ALL: ['a pause holds back what was released already', 'ends_with_one_owner'],
      UNWANTED_IS_CLOSED: [
        'what is not wanted any more is closed without a veto',
        'nothing_moves_unjournalled',
      ],
      ASKED_BEFORE_JOURNAL: [
        'the release is asked for before it is written down',
        'nothing_moves_unjournalled',
      ],
    },
  },
  'abandon.pml': {
    search: {
      name: 'abandon',
      about: 'a lost side comes back, late, from a backup, or under a sidecar that goes on',
    },
    reached: {
      REACH_HANDED_OVER_AFTER_ABANDONING: 'a side that was abandoned is filled, and given the bucket again',
    },
    mutants: {
      TAKEN_BACK_AT_ONCE: [
        'the monolith takes back before that was announced for long',
        'no_token_of_before_is_granted',
      ],
      VOID_BY_OWN_EPOCH: [
        'taken back with an epoch that the lost side has, too',
        'newest_epoch_is_the_owner',
      ],
      GRANT_UNHEARD: ['tokens are taken without the other side being heard', 'no_token_of_before_is_granted'],
      GRANT_BY_ANY_ROW: ['tokens are taken by a row that has not let go', 'no_token_of_before_is_granted'],
      LET_GO_ONCE: ['a process lets go once, whatever database it has', 'who_hears_owns_nothing_of_before'],
      LETS_GO_FILLED: ['what is let go of counts as filled', 'no_row_of_before_comes_back'],
    },
  },
};

/** @type {Run[]} */
export const runs = [
  ...searches.map(({ bounds, ...run }) => ({ ...run, model: handOver, defines: definitions(bounds) })),
  ...runsThatFind(handOver, reached, mutants, boundsOf),
  ...Object.entries(smallModels).flatMap(([model, { search, ...found }]) => [
    { ...search, model, defines: [], isSmall: true },
    ...runsThatFind(model, found.reached, found.mutants, () => ({})),
  ]),
];

/** What spin has to find: states that can be reached, and the property that each mutant breaks. */
function runsThatFind(model, states, broken, bounds) {
  const wanted = [
    ...Object.entries(states).map(([name, about]) => [name, about, 'not_reached']),
    ...Object.entries(broken).map(([name, [about, breaks]]) => [name, about, breaks]),
  ];
  return wanted.map(([name, about, breaks]) => {
    return { name, model, about, breaks, defines: [`-D${name}`, ...definitions(bounds(name))] };
  });
}

function definitions(bounds) {
  return Object.entries(bounds).map(([name, most]) => `-D${name}=${most}`);
}
