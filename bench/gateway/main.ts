import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machine } from '../support/machine.js';
import { median } from '../support/quantile.js';
import { type Contestant, contestants } from './contestants.js';
import { type Measured, measure } from './measure.js';
import { nginxCommand } from './proxies/nginx.js';
import { keepReplicaFresh, runOn, serveFlags, type Started, untilListening } from './surroundings.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    port: { type: 'string', default: '19400' },
  },
});

/** The proxy has one core to itself; load, upstream and all else share the other one. */
const proxyCore = 0;
const otherCore = 1;
const path = '/inventory/SKU-1';
const body = JSON.stringify({
  productId: 'SKU-1',
  available: 5,
  reserved: 1,
  version: 3,
  updatedAt: '2011-12-09T12:50:00.000Z',
});

async function main(): Promise<void> {
  for (const tool of ['wrk', 'taskset', 'nginx', 'nats-server']) requireTool(tool);
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const started: Started[] = [];
  try {
    const ways = await prepare(folder, Number(options.port), started);
    const running = new Map<Contestant, number | undefined>();
    for (const way of ways) {
      const child = way.command && runOn(proxyCore, way.command);
      if (child) started.push(child);
      running.set(way, child?.pid);
      await untilListening(way.port);
    }
    // Flags, NATS and the first heartbeats of the replica must have arrived before the gateway is at its usual work.
    await pause(3_000);
    report(await compare(ways, running));
  } finally {
    for (const one of started.reverse()) await one.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string, port: number, started: Started[]): Promise<Contestant[]> {
  const [upstreamPort, flagsPort, natsPort] = [port, port + 1, port + 2];
  const answer = `    listen 127.0.0.1:${upstreamPort};
    default_type application/json;
    location / { add_header ETag '"3"'; return 200 '${body}'; }`;
  started.push(runOn(otherCore, nginxCommand(folder, 'upstream', '', answer)));
  started.push(runOn(otherCore, ['nats-server', '-a', '127.0.0.1', '-p', String(natsPort)]));
  started.push(serveFlags(flagsPort));
  await Promise.all([upstreamPort, natsPort].map(untilListening));
  const natsUrl = `nats://127.0.0.1:${natsPort}`;
  started.push(await keepReplicaFresh(natsUrl));
  const flagsUrl = `http://127.0.0.1:${flagsPort}`;
  return contestants({ folder, upstreamPort, flagsUrl, natsUrl, firstPort: port + 10, nginx: true });
}

/** Rounds in which each way has its turn, in an order that moves on, so that what slows the machine hits all alike. */
async function compare(ways: readonly Contestant[], pids: ReadonlyMap<Contestant, number | undefined>) {
  const load = {
    core: otherCore,
    connections: Number(options.connections),
    seconds: Number(options.seconds),
  };
  const results = new Map<Contestant, Measured[]>(ways.map((way) => [way, []]));
  for (const way of ways)
    await measure(`http://127.0.0.1:${way.port}${path}`, { ...load, seconds: 2 }, undefined);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = ways[(turn + round) % ways.length] as Contestant;
      results.get(way)?.push(await measure(`http://127.0.0.1:${way.port}${path}`, load, pids.get(way)));
    }
  }
  return results;
}

function report(results: ReadonlyMap<Contestant, Measured[]>): void {
  const medianOf = (runs: readonly Measured[], value: (run: Measured) => number) => median(runs.map(value));
  const base = [...results].find(([{ name }]) => name.startsWith('http-proxy'))?.[1] ?? [];
  const baseline = medianOf(base, (run) => run.requestsPerSecond);
  const baseCpu = medianOf(base, cpuOf);
  const lines = [...results].map(([{ name }, runs]) => {
    const rate = medianOf(runs, (run) => run.requestsPerSecond);
    const cpu = medianOf(runs, cpuOf);
    return [
      name,
      Math.round(rate).toLocaleString('en'),
      `${(rate / baseline).toFixed(2)} ×`,
      Number.isNaN(cpu) ? '' : cpu.toFixed(1),
      Number.isNaN(cpu) ? '' : `${(baseCpu / cpu).toFixed(2)} ×`,
      medianOf(runs, (run) => run.p50).toFixed(2),
      medianOf(runs, (run) => run.p99).toFixed(2),
      String(runs.reduce((sum, run) => sum + run.failed, 0)),
    ];
  });
  const head = [
    '',
    'requests/s',
    'against http-proxy',
    'CPU µs/request',
    'by CPU',
    'p50 ms',
    'p99 ms',
    'failed',
  ];
  process.stdout.write(
    `${machine()}, ${options.connections} connections, medians of ${options.rounds} rounds of ${options.seconds} s\n\n`,
  );
  for (const line of [head, head.map(() => '---'), ...lines])
    process.stdout.write(`| ${line.join(' | ')} |\n`);
}

function cpuOf({ cpu }: Measured): number {
  return cpu ?? Number.NaN;
}

function requireTool(tool: string): void {
  try {
    execFileSync('which', [tool]);
  } catch {
    throw new Error(
      `${tool} is needed to measure: install it, on Debian by "apt-get install wrk util-linux nginx-light nats-server"`,
    );
  }
}

await main();
