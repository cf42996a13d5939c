import { describe, expect, it } from '@jest/globals';
import { planInstallation } from './installation-plan.js';

const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];

describe('planning the installation of servers', () => {
  it('uses apt-get as it stands where root runs it', () => {
    const plan = planInstallation(['mysql', 'nats'], { manager: 'apt-get', isRoot: true, hasSudo: true });
    expect(plan).toEqual({
      packages: ['mariadb-server', 'nats-server'],
      missing: [],
      commands: [
        ['apt-get', 'update'],
        [...quietly, 'install', '-y', '--no-install-recommends', 'mariadb-server', 'nats-server'],
      ],
    });
  });

  it('goes through sudo for other users', () => {
    const { commands } = planInstallation(['nats'], { manager: 'apt-get', isRoot: false, hasSudo: true });
    expect(commands.map(([program]) => program)).toEqual(['sudo', 'sudo']);
  });

  it('never runs Homebrew by sudo, which it refuses', () => {
    const { commands } = planInstallation(['mysql'], { manager: 'brew', isRoot: false, hasSudo: true });
    expect(commands).toEqual([['brew', 'install', 'mariadb']]);
  });

  it('names what a package manager does not have', () => {
    const plan = planInstallation(['mysql', 'nats'], { manager: 'dnf', isRoot: true, hasSudo: false });
    expect(plan.missing).toEqual(['nats']);
    expect(plan.commands).toEqual([['dnf', 'install', '-y', 'mariadb-server']]);
  });

  it('has nothing to run where there is no package manager', () => {
    const plan = planInstallation(['nats'], { manager: undefined, isRoot: true, hasSudo: false });
    expect(plan).toEqual({ packages: [], commands: [], missing: ['nats'] });
  });
});
