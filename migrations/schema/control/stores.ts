import {
  auditEntriesKept,
  auditEntryDays,
  auditPieceDays,
  completionStepDays,
  handOverDays,
  handOversKept,
  maxTokens,
} from '#contracts/strangler/retention.js';
import { agingTable, fixedTable, type Store } from '#contracts/strangler/store.js';
import { schemaJournal } from '#platform/database/shared-stores.js';

const withHandOver = 'the leader removes it with its hand-over';

/** The control plane's schema. */
export const controlStores: readonly Store[] = [
  schemaJournal,
  fixedTable('leader_term', 'who leads', 'system', 100),
  fixedTable('capability_state', 'what is wanted of each capability', 'capability', 1_000),
  fixedTable(
    'known_gateway',
    'gateways that serve, and those that vanished without a good-bye',
    'gateway',
    1_000,
  ),
  fixedTable('known_gateway_list', 'the version of that list', 'system', 100),
  fixedTable('completion', 'how far completions are', 'capability', 1_000),
  fixedTable('abandonment', 'how far abandonments are', 'capability', 1_000),
  fixedTable('admin_token', 'who may use the admin API', 'token', maxTokens),
  fixedTable('admin_token_list', 'the version of that list', 'system', 100),
  agingTable(
    'hand_over',
    'hand-overs',
    `the leader removes closed ones, every hour; the newest ${handOversKept} of a capability stay`,
    { of: 'open', days: 7, column: 'begun_at', where: 'closed_at IS NULL', end: 'finished' },
    { of: 'closed', days: handOverDays, end: 'removed' },
  ),
  agingTable('hand_over_bucket', 'the buckets of hand-overs', withHandOver, {
    days: handOverDays,
    end: 'removed',
  }),
  agingTable('hand_over_step', 'the steps of hand-overs', withHandOver, {
    days: handOverDays,
    end: 'removed',
  }),
  agingTable('completion_step', 'the steps of completions', 'the leader removes them, every hour', {
    ...{ days: completionStepDays, column: 'at', order: 'id', end: 'removed' },
  }),
  agingTable(
    'audit_entry',
    'the newest entries of the audit',
    `the leader moves the oldest into a piece of the archive, every hour, also where there are more than ${auditEntriesKept.toLocaleString('en')}`,
    { days: auditEntryDays, column: 'at', order: 'id', end: 'removed' },
  ),
  agingTable('audit_piece', 'older entries of the audit, in pieces', 'the leader removes them, every hour', {
    ...{ days: auditPieceDays, column: 'newest_at', order: 'number', end: 'removed' },
  }),
  fixedTable('audit_head', 'where the audit begins and ends', 'system', 100),
];
