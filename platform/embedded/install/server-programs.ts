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

/** @param path folders, as in the environment variable `PATH` */
export async function findServers(path: string): Promise<ServerPrograms> {
  const mysql = await findMysql(path);
  const nats = findProgram(['nats-server'], path);
  return { ...(mysql === undefined ? {} : { mysql }), ...(nats === undefined ? {} : { nats }) };
}
