import { describe, expect, it } from '@jest/globals';
import { AppError } from '#platform/errors/app-error.js';
import { addShopCommands } from './shop-commands/add-shop-commands.js';
import { runCommand } from './test/support/run-command.js';

describe('the command line', () => {
  it('explains itself, with the exit codes', async () => {
    const { code, out } = await runCommand(['--help'], { addOthers: addShopCommands });
    expect(code).toBe(0);
    expect(out).toContain('Usage: strangler');
    expect(out).toContain('Exit codes:');
  });

  it('names the nearest command to one that it does not know', async () => {
    const { code, err } = await runCommand(['stauts']);
    expect(code).toBe(2);
    expect(err).toContain("unknown command 'stauts'");
    expect(err).toContain('Did you mean status?');
  });

  it('names the nearest option to one that it does not know', async () => {
    const { code, err } = await runCommand(['status', '--wach']);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean --watch?');
  });

  it.each(['0', '-1', '1.5', ''])('takes no end after %p differences', async (most) => {
    const { code, err } = await runCommand(['data', 'verify', 'inventory', '--most', most]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('1 at least') });
  });

  it('shows its help, and fails, when nothing is asked for', async () => {
    const { code, err } = await runCommand([]);
    expect(code).toBe(2);
    expect(err).toContain('Usage: strangler');
  });

  it.each([
    ['not_reachable', 3],
    ['not_confirmed', 4],
    ['wrong_usage', 2],
    ['anything_else', 1],
  ])('ends with a code of its own for %p', async (errorCode, exitCode) => {
    const { code, err } = await runCommand(['fail'], {
      addOthers: (program) =>
        void program.command('fail').action(() => {
          throw new AppError(errorCode, 'what to do');
        }),
    });
    expect({ code, err }).toEqual({ code: exitCode, err: 'what to do' });
  });

  it('prints a script for each shell that asks this very program', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, out } = await runCommand(['completion', shell]);
      expect(code).toBe(0);
      expect(out).toContain(`node '/opt/strangler.mjs' complete-words --`);
    }
    expect(await runCommand(['completion', 'tcsh'])).toMatchObject({ code: 2 });
  });

  it('lists no processes where no system runs', async () => {
    const { code, err } = await runCommand(['ps']);
    expect(code).toBe(3);
    expect(err).toContain('npm start');
  });
});
