import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assignPorts } from './assign-ports.js';
import type { PortUser, TakePort } from './reserve-port.js';

const documented = { gateway: 8080, controlPlane: 8081, unleash: 4242 };

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assign-ports-'));
  file = join(folder, 'ports.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

function inUse(ports: Record<number, PortUser>): TakePort {
  return (port) => {
    const usedBy = ports[port];
    return Promise.resolve(usedBy === undefined ? { release: () => undefined } : { usedBy });
  };
}

describe('the ports of a data folder', () => {
  it('are the documented ones, without a remark', async () => {
    expect(await assignPorts(folder, documented, false, inUse({}))).toMatchObject({
      ports: documented,
      remarks: [],
    });
  });

  it('stay over starts, and it is true what is said of them', async () => {
    const first = await assignPorts(folder, documented, false, inUse({ 8080: 'another program' }));
    expect(first.remarks).toEqual([
      'ports in use by another program, so others are taken: gateway 8082 instead of 8080',
    ]);
    const second = await assignPorts(folder, documented, false, inUse({}));
    expect(second.ports).toEqual(first.ports);
    expect(second.remarks).toEqual([
      `ports kept from an earlier start (remove ${file} for the documented ones): gateway 8082 instead of 8080`,
    ]);
  });

  it('are others in a copy of a folder whose system runs, and that system is named', async () => {
    writeFileSync(file, JSON.stringify({ gateway: 8085, controlPlane: 8081, unleash: 4242 }));
    const original = { system: '/original/.data' };
    const take = inUse({ 8085: original, 8081: original, 4242: 'another program' });
    expect((await assignPorts(folder, documented, false, take)).remarks).toEqual([
      'ports in use by the system in /original/.data, so others are taken: gateway 8080 instead of 8085, controlPlane 8082 instead of 8081',
      'ports in use by another program, so others are taken: unleash 4243 instead of 4242',
    ]);
  });

  it('are chosen without a remark where any will do', async () => {
    writeFileSync(file, JSON.stringify({ gateway: 20_001 }));
    const assigned = await assignPorts(folder, documented, true, inUse({ 20_001: 'another program' }));
    expect(assigned.remarks).toEqual([]);
  });

  it.each(['', '{"gateway": 80', '{"gateway": 99999}', '{"gateway": "8083"}'])(
    'are chosen as in a first start when their file holds %j',
    async (content) => {
      writeFileSync(file, content);
      const { ports, remarks } = await assignPorts(folder, documented, false, inUse({}));
      expect(ports).toEqual(documented);
      expect(remarks).toEqual([`${file} is damaged, so ports are chosen as in a first start`]);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(documented);
    },
  );
});
