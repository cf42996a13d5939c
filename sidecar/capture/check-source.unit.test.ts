import { describe, expect, it } from '@jest/globals';
import { judgeDurability, judgeSource, type SourceSettings } from './check-source.js';

const good: SourceSettings = {
  mariadb: true,
  variables: new Map([
    ['log_bin', 'ON'],
    ['binlog_format', 'ROW'],
    ['binlog_row_image', 'FULL'],
    ['binlog_row_metadata', 'FULL'],
  ]),
  grants: [
    'GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `sidecar`@`%`',
    'GRANT ALL PRIVILEGES ON `shop`.* TO `sidecar`@`%`',
  ],
};

function withVariable(name: string, value: string): SourceSettings {
  return { ...good, variables: new Map([...good.variables, [name, value]]) };
}

describe('a source database', () => {
  it('passes when everything is set', () => {
    expect(judgeSource(good)).toEqual([]);
  });

  it.each([
    ['log_bin', 'OFF', /log_bin is OFF, not ON: start the server with --log-bin/],
    ['binlog_format', 'MIXED', /set binlog_format=ROW/],
    ['binlog_row_image', 'MINIMAL', /SET GLOBAL binlog_row_image=FULL/],
    ['binlog_row_metadata', 'NO_LOG', /SET GLOBAL binlog_row_metadata=FULL/],
    ['wsrep_on', 'ON', /Galera cluster is not supported/],
  ])('is refused with %s = %s, and says what to set', (name, value, problem) => {
    expect(judgeSource(withVariable(name, value)).join()).toMatch(problem);
  });

  it('needs GTIDs switched on when it is MySQL', () => {
    const mysql = { ...good, mariadb: false };
    expect(judgeSource(mysql).join()).toMatch(/gtid_mode/);
    expect(judgeSource({ ...mysql, variables: new Map([...good.variables, ['gtid_mode', 'ON']]) })).toEqual(
      [],
    );
  });

  it('needs an account that may read the log', () => {
    const problems = judgeSource({ ...good, grants: ['GRANT ALL PRIVILEGES ON `shop`.* TO `sidecar`@`%`'] });
    expect(problems.join()).toMatch(/GRANT REPLICATION SLAVE, REPLICATION CLIENT/);
  });

  it('is warned about when a crash of its machine can take back what was replicated', () => {
    expect(
      judgeDurability(
        new Map([
          ['sync_binlog', '0'],
          ['innodb_flush_log_at_trx_commit', '1'],
        ]),
      ),
    ).toEqual(['sync_binlog is 0: SET GLOBAL sync_binlog=1']);
  });
});
