import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { programArguments } from '../../../tests/support/program-arguments.js';

describe('a program that ends by an error that nothing has caught', () => {
  it('lets go of what it holds, says why it ends, and fails', async () => {
    const main = join(import.meta.dirname, 'failing/main.ts');
    const child = spawn(process.execPath, programArguments(main), { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    // The two are written in any order, each with its time.
    const told = Object.fromEntries(lines.map(({ msg, ...line }) => [msg, line]));
    expect(told).toMatchObject({
      'the program ends: nothing has caught this error': {
        level: 60,
        err: { message: 'a mistake of the program' },
      },
      'it has let go': { level: 30 },
    });
  });
});
