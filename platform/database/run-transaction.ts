import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize, Transaction } from 'sequelize';
import { isDeadlock } from './database-errors.js';

const attempts = 8;

/**
 * Runs work in one transaction and runs it again when the server broke a deadlock with it.
 * The work may therefore run several times: what it does outside the database has to be idempotent.
 */
export async function runTransaction<Result>(
  database: Sequelize,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (!isDeadlock(error) || attempt === attempts) throw error;
      await sleep(Math.random() * 10 * attempt);
    }
  }
}
