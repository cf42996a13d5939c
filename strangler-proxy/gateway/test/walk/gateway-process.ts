import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { programArguments } from '../../../../tests/support/program-arguments.js';
import { eventually } from '../support/eventually.js';

/** A gateway as a process of its own: one that dies takes no test with it, and is seen to die. */
export interface GatewayProcess {
  url: string;
  adminUrl: string;
  alive(): boolean;
  /** What it wrote last, for a report of its death. */
  lastWords(): string;
  /** The statuses that the access log has of each path, one for a line. */
  lines: ReadonlyMap<string, readonly number[]>;
  /** Lines about what could not be read, and so has no path as a rule. */
  unreadable(): number;
  end(): Promise<void>;
}

/** Short enough to wait for, and long enough for most exchanges to end otherwise. */
const limits = {
  monolithLimits: {
    timeouts: { connect: '2s', answer: '500ms', idle: '500ms' },
    // Faults are all that this upstream makes: a breaker that opens would keep the rest from it.
    breaker: { consecutive: 1_000, percent: 100, volume: 1_000_000 },
  },
  limits: { headersTime: '1s', requestTime: '1500ms', idle: '1500ms', keepAlive: '2s' },
  parking: { absence: '0s', time: '500ms' },
  accessLog: { percent: 100 },
};

/** @param plant a mistake that is made in the process before it begins */
export async function startGatewayProcess(monolith: string, plant?: Plant): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-walk-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, stringify({ monolith, ...limits }));
  const main = join(import.meta.dirname, '..', '..', 'main.ts');
  const child = spawn(
    process.execPath,
    [...withPlant(programArguments(main), plant), '--config', file, '--port', '0', '--admin-port', '0'],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const output = readOutput(child);
  const up = await eventually(() => {
    if (!output.up) throw new Error(`not up yet: ${output.last.join('\n')}`);
    return output.up;
  });
  return {
    ...up,
    alive: () => child.exitCode === null && child.signalCode === null,
    lastWords: () => output.last.join('\n'),
    lines: output.lines,
    unreadable: () => output.unreadable,
    async end() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** JavaScript that makes a mistake. @param moduleUrl the address of a module of the gateway, by its path without an ending */
export type Plant = (moduleUrl: (path: string) => string) => string;

/** @param program how Node starts it; what it loads comes before the mistake, which comes before the program */
function withPlant(program: readonly string[], plant: Plant | undefined): string[] {
  const entry = program.at(-1) ?? '';
  if (!plant) return [...program];
  const moduleUrl = (path: string) => pathToFileURL(join(dirname(entry), `${path}${extname(entry)}`)).href;
  const mistake = `data:text/javascript,${encodeURIComponent(plant(moduleUrl))}`;
  return [...program.slice(0, -1), '--import', mistake, entry];
}

interface Output {
  up: { url: string; adminUrl: string } | undefined;
  last: string[];
  lines: Map<string, number[]>;
  unreadable: number;
}

function readOutput(child: ChildProcess): Output {
  const output: Output = { up: undefined, last: [], lines: new Map(), unreadable: 0 };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.on('data', (text: Buffer) => {
      const lines = (rest + text.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) note(output, line);
    });
  }
  return output;
}

function note(output: Output, line: string): void {
  const said = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : { msg: line };
  const { msg, path } = said;
  if (msg === 'gateway is up') output.up = { url: String(said['url']), adminUrl: String(said['adminUrl']) };
  else if (msg === 'unreadable request') output.unreadable += 1;
  else if (msg === 'request' || msg === 'websocket') {
    output.lines.set(String(path), [...(output.lines.get(String(path)) ?? []), Number(said['status'])]);
  } else output.last = [...output.last, line].slice(-20);
}
