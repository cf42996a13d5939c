import { describe, expect, it } from '@jest/globals';
import { wrongSettings } from './check-mysql-settings.js';

const right = {
  log_bin: 'ON',
  binlog_format: 'ROW',
  binlog_row_image: 'FULL',
  binlog_row_metadata: 'FULL',
};

describe("the settings of somebody else's MySQL server", () => {
  it('are right where changes can be captured', () => {
    expect(wrongSettings(right)).toEqual([]);
    expect(wrongSettings({ ...right, gtid_mode: 'ON', wsrep_on: 'OFF' })).toEqual([]);
  });

  it.each([
    ['log_bin', 'OFF'],
    ['binlog_format', 'MIXED'],
    ['binlog_row_image', 'MINIMAL'],
    ['binlog_row_metadata', 'MINIMAL'],
    ['gtid_mode', 'OFF'],
    ['wsrep_on', 'ON'],
  ])('are wrong with %s=%s, and what to set is said', (name, value) => {
    const problems = wrongSettings({ ...right, [name]: value });
    expect(problems).toEqual([expect.stringContaining(`${name} is ${value}; set `)]);
  });
});
