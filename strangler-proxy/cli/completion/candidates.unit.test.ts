import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import { createProgram } from '../create-program.js';
import { addShopCommands } from '../shop-commands/add-shop-commands.js';
import { readCliConfig } from '../system/config.js';
import { candidates } from './candidates.js';

const program = createProgram(
  {
    config: readCliConfig({}),
    environment: {},
    terminal: {
      print: () => undefined,
      tell: () => undefined,
      progress: () => undefined,
      interactive: false,
      colours: pc.createColors(false),
    },
    whenAskedToEnd: () => new AbortController().signal,
    programFile: '/opt/strangler.mjs',
  },
  addShopCommands,
);

const complete = (...words: string[]) =>
  candidates(program, words, { endpoint: () => Promise.resolve(['inventory.get', 'inventory.list']) });

describe('completing', () => {
  it('offers the commands, without the hidden one that does this', async () => {
    const offered = await complete('');
    expect(offered).toEqual(
      expect.arrayContaining(['status', 'flip', 'ps', 'import', 'replay', 'gateway', 'flags', 'completion']),
    );
    expect(offered).not.toContain('complete-words');
  });

  it('narrows them by what is typed', async () => {
    expect(await complete('fl')).toEqual(['flip', 'flags']);
  });

  it('offers commands of a command', async () => {
    expect(await complete('flags', '')).toEqual(expect.arrayContaining(['list', 'ensure']));
  });

  it("offers a command's options and those of all commands", async () => {
    expect(await complete('status', '--wa')).toEqual(['--watch']);
    expect(await complete('status', '--')).toEqual(
      expect.arrayContaining(['--json', '--data-dir', '--help']),
    );
  });

  it('offers endpoints where one is expected, also behind options', async () => {
    expect(await complete('flip', 'inventory.g')).toEqual(['inventory.get']);
    expect(await complete('--data-dir', 'status', 'flip', '--reason', 'because', '')).toEqual([
      'inventory.get',
      'inventory.list',
    ]);
  });

  it('offers nothing where a value, a file or a percentage is expected', async () => {
    expect(await complete('flip', '--reason', '')).toEqual([]);
    expect(await complete('import', '')).toEqual([]);
    expect(await complete('flip', 'inventory.get', '')).toEqual([]);
  });

  it('offers the shells for which there is a script', async () => {
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });
});
