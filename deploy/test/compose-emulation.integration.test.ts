import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../tests/support/until.js';
import { whyNoEmulation } from './compose-emulation/can-emulate.js';
import { type Answer, type Emulation, startEmulation } from './compose-emulation/start-emulation.js';
import {
  type ComposeService,
  isOneShot,
  readComposeFile,
  startedServices,
} from './compose-file/read-compose-file.js';

const root = join(import.meta.dirname, '../..');
const services = new Map(
  startedServices(readComposeFile(readFileSync(join(root, 'docker-compose.yml'), 'utf8'))),
);
const running = [...services].filter(([, service]) => !isOneShot(service));
const programs = running.filter(([, { image }]) => image === 'strangler');

/** The settings that README gives for a command line outside of containers. */
const settings =
  /^\. \.\/\.env\n(?:export .*\n)+/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[0] ?? '';
const strangler = `${process.execPath} ${join(root, 'dist/strangler-proxy/cli/main.js')}`;
const sampleOrders = 'legacy-monolith/import/sample/sample-orders.csv';
const why = ['--reason', 'a test'];

interface Read {
  status: number;
  side: string | null;
  body: unknown;
}

const impossible = whyNoEmulation(root);
const describeWhere = impossible === undefined ? describe : describe.skip;

describeWhere(
  `docker-compose.yml, run without Docker${impossible === undefined ? '' : ` (${impossible})`}`,
  () => {
    let system: Emulation;

    beforeAll(async () => {
      system = startEmulation(root);
      await system.done({ kind: 'up' });
    });
    afterAll(() => system?.stop());

    const cli = (...args: string[]) => system.done({ kind: 'cli', args });
    const outside = (command: string) => system.done({ kind: 'host', script: `${settings}${command}` });
    const inside = (service: string, script: string) =>
      system.ask({ kind: 'exec', service, command: ['bash', '-c', script] });

    /** Reads from a published port. */
    async function get(url: string): Promise<Read> {
      return JSON.parse(await system.done({ kind: 'get', url })) as Read;
    }

    it('starts every service, each healthy by its own check or ended well', async () => {
      for (const [service] of running)
        expect(await system.ask({ kind: 'health', service })).toMatchObject({ exitCode: 0 });
    });

    it('lets programs write to the folders that are meant for it, and to no others', async () => {
      const refused = expect.stringMatching(/Read-only file system|Permission denied/);
      for (const [service] of programs) {
        const user: Answer = await inside(service, 'echo $EUID; : >/tmp/file');
        expect(user).toMatchObject({ exitCode: 0, stdout: '1000\n' });
        for (const file of ['/file', '/app/file', '/app/dist/file', '/etc/hosts'])
          expect(await inside(service, `: >${file}`)).toMatchObject({ exitCode: 1, stderr: refused });
      }
      for (const service of ['gateway', 'mail'])
        expect(await inside(service, ': >/state/file')).toMatchObject({ exitCode: 0 });
    });

    it('serves a shop that is not empty, at the published port of the gateway', async () => {
      const products = await get('http://127.0.0.1:8080/inventory?limit=1');
      expect(products).toMatchObject({
        side: 'monolith',
        body: { items: [{ available: expect.any(Number) }] },
      });
    });

    it('takes the orders and the import of the command line in its own container', async () => {
      const replayed = await cli('replay', sampleOrders, '--limit', '5', '--read-stock', '--json');
      expect(JSON.parse(replayed)).toMatchObject({ failed: false, to: 'http://gateway:8080' });
      expect(JSON.parse(await cli('import', sampleOrders, '--json'))).toMatchObject({
        products: { added: 0, unchanged: expect.any(Number) },
      });
    });

    it('takes the settings that README gives to a command line outside of containers', async () => {
      expect(await outside(`${strangler} status`)).toContain('1 of 1 instances');
      const flipped = `${strangler} flip inventory.get 100 --reason "a test"`;
      expect(await outside(flipped)).toContain('1 of 1 gateway acts on it');
    });

    it('flips reads, hands over, and completes a capability, since everything announced can be reached', async () => {
      await cli('flip', 'inventory.list', '100', ...why);
      await cli('handover', 'inventory', '--percent', '100', ...why);
      const read = await get('http://127.0.0.1:8080/inventory?limit=1');
      expect(read.side).toBe('service');
      let said = '';
      const completed = until('inventory is completed', async () => {
        await letAnHourPass(system);
        const answer = await system.ask({
          kind: 'cli',
          args: ['complete', 'inventory', '--confirm', 'inventory', ...why],
        });
        said = answer.stdout + answer.stderr;
        // A gateway that can't be asked stays so: waiting would not help.
        expect(answer.stderr).not.toContain('does not say what its flags want');
        return answer.exitCode === 0;
      });
      await completed.catch((error: unknown) => {
        throw new Error(`${(error as Error).message}; the command said: ${said}`, { cause: error });
      });
    });

    it('keeps mails over a restart of the mail server, and shows them on its page', async () => {
      const mails = async () =>
        ((await get('http://127.0.0.1:1080/api/email')).body as { id: string }[]).map(({ id }) => id);
      await until('mails have come', async () => (await mails()).length > 0);
      const before = await mails();
      await system.done({ kind: 'restart', service: 'mail' });
      expect(await mails()).toEqual(expect.arrayContaining(before));
    });

    it('leaves every program half of its memory limit free', async () => {
      const shares = await Promise.all(
        programs.map(async ([service, { mem_limit }]: [string, ComposeService]) => {
          const peak = Number(await system.done({ kind: 'memory', service }));
          return { service, megabytes: Math.round(peak / 2 ** 20), limit: parseInt(mem_limit ?? '0', 10) };
        }),
      );
      expect(shares.filter(({ megabytes, limit }) => megabytes > limit / 2)).toEqual([]);
      expect(shares.every(({ megabytes }) => megabytes > 0)).toBe(true);
    });
  },
);

/** An hour in which nobody asked the monolith, as far as its notes tell. */
async function letAnHourPass(system: Emulation): Promise<void> {
  const database = (statement: string) => system.done({ kind: 'sql', statement });
  await database('UPDATE shop.strangler_uses SET used_at = used_at - INTERVAL 1 HOUR');
  await database('UPDATE shop.strangler_instances SET started_at = started_at - INTERVAL 1 HOUR');
}
