import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeComposeSecrets } from '../compose-file/compose-secrets.js';

export type Question =
  | { kind: 'up' }
  /** `docker compose run --rm cli ARGS` */
  | { kind: 'cli'; args: readonly string[] }
  /** A script on the machine that Docker runs on, in a folder with the `.env`. */
  | { kind: 'host'; script: string }
  /** A request from that machine. The answer is read as JSON. */
  | { kind: 'get'; url: string }
  /** `docker compose exec SERVICE COMMAND` */
  | { kind: 'exec'; service: string; command: readonly string[] }
  /** The service's health check, once more. */
  | { kind: 'health'; service: string }
  /** `docker compose restart SERVICE`, until it is healthy again. */
  | { kind: 'restart'; service: string }
  /** The most memory that a service had, in bytes. */
  | { kind: 'memory'; service: string }
  /** A change of the database, by its administrator. */
  | { kind: 'sql'; statement: string };

export interface Answer {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The system of docker-compose.yml, without Docker: see container-script.ts. */
export interface Emulation {
  ask(question: Question): Promise<Answer>;
  /** The same. @returns what was printed @throws with all of that, unless it succeeds */
  done(question: Question): Promise<string>;
  stop(): Promise<void>;
}

/** Namespaces of this kind; when the first process in them ends, the system ends all others. */
export const namespaces = [
  '--mount',
  '--net',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--propagation',
  'private',
];

/** Makes the namespaces; the question `up` then starts the services. */
export function startEmulation(repository: string): Emulation {
  const folder = mkdtempSync(join(tmpdir(), 'compose-emulation-'));
  writeComposeSecrets(join(folder, '.env'));
  const program = join(import.meta.dirname, 'main.ts');
  const node = [process.execPath, '--conditions=source', '--import', 'tsx', program, repository, folder];
  const child = spawn('unshare', [...namespaces, ...node], {
    cwd: repository,
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // It ended while it was asked: its end is the answer.
  child.stdin.on('error', () => undefined);
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, ...answer } = JSON.parse(line) as Answer & { id: number };
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const gone: Answer = { exitCode: 1, stdout: '', stderr: 'the emulation has ended' };
  const ended = once(child, 'exit').then(() => gone);

  /** The first answer, from the other end or from its end. */
  function ask(question: Question): Promise<Answer> {
    const id = asked++;
    const answered = new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      if (child.stdin.writable) child.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    });
    return Promise.race([answered, ended]);
  }

  return {
    ask,
    done: async (question) => {
      const { exitCode, stdout, stderr } = await ask(question);
      if (exitCode === 0) return stdout;
      throw new Error(`${JSON.stringify(question)} ended with ${exitCode}:\n${stdout}\n${stderr}`);
    },
    stop: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
