import type { Migration } from '#platform/schema/migrate-schema.js';
import * as journal from './0001-journal.js';
import * as audit from './0002-audit.js';
import * as completion from './0003-completion.js';
import * as abandonment from './0004-abandonment.js';
import * as auditPieces from './0005-audit-pieces.js';
import * as goal from './0006-goal.js';
import * as tokens from './0007-tokens.js';
import * as knownGateways from './0008-known-gateways.js';

/** The control plane's schema, step by step. */
export const controlMigrations: readonly Migration[] = [
  journal,
  audit,
  completion,
  abandonment,
  auditPieces,
  goal,
  tokens,
  knownGateways,
];
