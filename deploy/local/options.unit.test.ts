import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { readOptions, usage } from './options.js';

describe('the options of npm start', () => {
  it('are the documented ones when none is given', () => {
    expect(readOptions([])).toEqual({
      dataDir: resolve('.data'),
      anyPorts: false,
      serversOnly: false,
      quiet: false,
    });
  });

  it('can all be given', () => {
    const options = readOptions([
      '--data-dir',
      'elsewhere',
      '--ports',
      'auto',
      '--only',
      'servers',
      '--quiet',
    ]);
    expect(options).toEqual({
      dataDir: resolve('elsewhere'),
      anyPorts: true,
      serversOnly: true,
      quiet: true,
    });
  });

  it('are refused when unknown or out of range', () => {
    expect(() => readOptions(['--prot', 'auto'])).toThrow("Unknown option '--prot'");
    expect(() => readOptions(['--ports', '8000'])).toThrow('--ports 8000: it must be default or auto');
  });

  it('stand all in the help', () => {
    expect(readOptions(['--help'])).toBeUndefined();
    for (const option of ['--data-dir', '--ports', '--only', '--quiet', '--help'])
      expect(usage).toContain(option);
  });
});
