import { findProgram } from '../find-program.js';
import { findMysql, type MysqlProgram } from '../mysql/mysql-program.js';

/** The servers that no npm package brings along. */
export type ServerName = 'mysql' | 'nats';

/** What is installed on this machine. */
export interface ServerPrograms {
  mysql?: MysqlProgram;
  /** Path of nats-server. */
  nats?: string;
}

export async function findServers(): Promise<ServerPrograms> {
  const mysql = await findMysql();
  const nats = findProgram(['nats-server']);
  return { ...(mysql === undefined ? {} : { mysql }), ...(nats === undefined ? {} : { nats }) };
}
