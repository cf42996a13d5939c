import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { readOptions, usage } from './options.js';

describe('the options of npm start', () => {
  it('are the documented ones when none is given', () => {
    expect(readOptions([])).toEqual({
      dataDir: resolve('.data'),
      anyPorts: false,
      serversOnly: false,
      services: ['inventory', 'payments', 'notifications', 'orders'],
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
      '--services',
      'orders,inventory',
      '--quiet',
    ]);
    expect(options).toEqual({
      dataDir: resolve('elsewhere'),
      anyPorts: true,
      serversOnly: true,
      services: ['inventory', 'orders'],
      quiet: true,
    });
  });

  it('are refused when unknown or out of range', () => {
    expect(() => readOptions(['--prot', 'auto'])).toThrow("Unknown option '--prot'");
    expect(() => readOptions(['--ports', '8000'])).toThrow('--ports 8000: it must be default or auto');
    expect(() => readOptions(['--services', 'inventory,stock'])).toThrow(
      '--services inventory,stock: stock is none of inventory, payments, notifications, orders',
    );
  });

  it('can leave out all services', () => {
    expect(readOptions(['--services', 'none'])?.services).toEqual([]);
  });

  it('stand all in the help', () => {
    expect(readOptions(['--help'])).toBeUndefined();
    for (const option of ['--data-dir', '--ports', '--only', '--services', '--quiet', '--help'])
      expect(usage).toContain(option);
  });
});
