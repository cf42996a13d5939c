import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { mapColumns, renamed, same } from '#contracts/strangler/map-columns.js';
import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import { connectToGuard, planGuard, runStatements } from '#platform/trigger-guard/change-guard.js';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import { selectRows } from '../database/connect-mysql.js';
import { askOwners, type OwnerQuestions } from './support/ask-owners.js';
import { type BlogProgram, startBlogProgram } from './support/blog-program.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { seeded } from './support/write-at-random.js';

const comments = `CREATE TABLE comments (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, post_id INT UNSIGNED NOT NULL,
  words VARCHAR(200) NOT NULL, KEY (post_id))`;
const remarks = `CREATE TABLE remarks (remark_id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, post_id INT UNSIGNED NOT NULL,
  written VARCHAR(200) NOT NULL)`;
const schemas = {
  monolith: { table: 'comments', id: 'id', words: 'words', idsFrom: 1 },
  service: { table: 'remarks', id: 'remark_id', words: 'written', idsFrom: 2 },
} as const;

const blogMove = (): Move => ({
  capability: `blog-${randomBytes(4).toString('hex')}`,
  tables: [
    {
      monolith: { table: 'comments', key: ['id'], ownedBy: 'post_id' },
      service: { table: 'remarks', key: ['remark_id'], ownedBy: 'post_id' },
      ids: {
        monolith: { column: 'id', increment: 2, offset: 1 },
        service: { column: 'remark_id', increment: 2, offset: 2 },
      },
      ...mapColumns(renamed({ id: 'remark_id', words: 'written' }), same('post_id')),
    },
  ],
});

const notOwned =
  /^strangler: bucket \d+ of blog-\w+ \(epoch \d+\) belongs to the (monolith|service): write it there/;
/**
 * The applier opens a bucket and then writes its rows; a write of such a row holds it and waits for the bucket. It was to
 * be refused, and it is.
 */
const grantedJustThen = /^Deadlock found when trying to get lock/;

const posts = Array.from({ length: 20 }, (_, index) => index + 1);
const sides = ['monolith', 'service'] as const;

/** What the clients were told: the words of each comment that has to be there, by id. */
type Acknowledged = Map<number, string>;

/** Two programs that know nothing of us, their databases, and the sidecars between them. */
class GuardedBlog {
  readonly acknowledged: Acknowledged = new Map();
  /** How many writes they were told of. */
  writes = 0;
  /** Answers of 5xx that clients were given: a program has no other for what its database refuses. */
  refusals: string[] = [];
  readonly replication: Replication;
  readonly owners: OwnerQuestions;
  roles: (Applier | Capture)[] = [];
  private ending = false;
  private readonly programs = new Map<Side, BlogProgram>();
  private readonly account = `blog_${randomBytes(4).toString('hex')}`;

  constructor(replication: Replication) {
    this.replication = replication;
    this.owners = askOwners(replication);
  }

  async start(guarded: boolean): Promise<void> {
    const { source, sourceUrl, replicaUrl } = this.replication;
    await source.query("CREATE USER ?@'%' IDENTIFIED BY 'x'", [this.account]);
    for (const side of sides) {
      const url = new URL(side === 'monolith' ? sourceUrl : replicaUrl);
      await source.query("GRANT ALL PRIVILEGES ON ??.* TO ?@'%'", [url.pathname.slice(1), this.account]);
      [url.username, url.password] = [this.account, 'x'];
      this.programs.set(side, await startBlogProgram(url.href, schemas[side]));
    }
    const { replication } = this;
    const capture = await replication.startCapture();
    const forth = await replication.startApplier();
    for (const side of sides) await replication.startOwnership(side);
    const back = await replication.startWayBack();
    await eventually(() => {
      if (!forth.status().backfill?.complete) throw new Error('the replica is not complete yet');
    });
    this.roles = [capture, forth, back.capture, back.applier];
    if (guarded) await this.guard();
  }

  /** While changes are captured already: triggers that do no more than these keep no table from being replicated. */
  private async guard(): Promise<void> {
    const { move, sourceUrl, replicaUrl } = this.replication;
    for (const side of sides) {
      const url = new URL(side === 'monolith' ? sourceUrl : replicaUrl);
      const connection = await connectToGuard(url.href);
      const applier = decodeURIComponent(url.username);
      const { statements } = await planGuard(connection, { move, side, applier });
      await runStatements(connection, statements, () => undefined);
      connection.destroy();
    }
  }

  async end(): Promise<void> {
    this.ending = true;
    for (const program of this.programs.values()) await program.end();
    await this.replication.source.query("DROP USER ?@'%'", [this.account]);
    await this.replication.end();
  }

  /** Asks one side after the other, as a gateway does that is told nothing but an error. */
  private async write(asked: Side, method: string, path: string, words?: string): Promise<[Side, Response]> {
    for (let side = asked; ; side = otherSide(side)) {
      const response = await fetch(`${this.programs.get(side)?.url ?? ''}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: words === undefined ? null : JSON.stringify({ words }),
      });
      if (response.ok) {
        this.writes += 1;
        return [side, response];
      }
      if (this.ending) throw new Error('the test has ended');
      if (response.status === 500) this.refusals.push(((await response.json()) as { error: string }).error);
      else await response.text();
      await sleep(5);
    }
  }

  /** Adds, changes and removes comments of its own, and notes what it is told. */
  async client(seed: number, ended: () => boolean): Promise<void> {
    const random = seeded(seed);
    const own: number[] = [];
    let side: Side = 'monolith';
    let response: Response;
    for (let number = 0; !ended(); number += 1) {
      const words = `${seed}-${number}`;
      const chosen = own[Math.floor(random() * own.length)];
      const kind = random();
      if (chosen === undefined || kind < 0.5) {
        const post = posts[Math.floor(random() * posts.length)] ?? 1;
        [side, response] = await this.write(side, 'POST', `/posts/${post}/comments`, words);
        const { id } = (await response.json()) as { id: number };
        own.push(id);
        this.acknowledged.set(id, words);
      } else if (kind < 0.85) {
        [side] = await this.write(side, 'PUT', `/comments/${chosen}`, words);
        this.acknowledged.set(chosen, words);
      } else {
        [side] = await this.write(side, 'DELETE', `/comments/${chosen}`);
        own.splice(own.indexOf(chosen), 1);
        this.acknowledged.delete(chosen);
      }
    }
  }

  async bothSides(): Promise<Acknowledged[]> {
    const { source, replica } = this.replication;
    const [monolith, service] = [
      await selectRows<{ id: number; words: string }>(source, 'SELECT id, words FROM comments ORDER BY id'),
      await selectRows<{ id: number; words: string }>(
        replica,
        'SELECT remark_id AS id, written AS words FROM remarks ORDER BY remark_id',
      ),
    ];
    return [monolith, service].map((rows) => new Map(rows.map(({ id, words }) => [id, words])));
  }

  sorted(): Acknowledged {
    return new Map([...this.acknowledged].toSorted(([one], [other]) => one - other));
  }

  problems(): unknown[] {
    return this.roles
      .map((role) => role.status())
      .filter(({ state }) => state === 'stopped')
      .map((status) => (status as { failure?: { code: string } }).failure?.code);
  }
}

describe('a blog whose programs know nothing of us, guarded by triggers', () => {
  let blog: GuardedBlog | undefined;
  afterEach(() => blog?.end());

  async function startBlog(guarded: boolean): Promise<GuardedBlog> {
    blog = new GuardedBlog(
      await createReplication({ move: blogMove(), tables: { source: [comments], replica: [remarks] } }),
    );
    await blog.start(guarded);
    return blog;
  }

  const bucketsOf = ({ owners }: GuardedBlog): number[] => [
    ...new Set(posts.slice(0, 10).map((post) => owners.bucketOf(String(post)))),
  ];

  it('loses no write that it has acknowledged while its comments go to and fro', async () => {
    const running = await startBlog(true);
    let ended = false;
    const clients = [1, 2, 3, 4].map((seed) => running.client(seed, () => ended));
    const buckets = bucketsOf(running);
    for (let round = 0; round < 3; round += 1)
      for (const from of sides) {
        const before = running.writes;
        await running.owners.handOver(from, buckets);
        await eventually(() => expect(running.writes).toBeGreaterThan(before + 40));
      }
    await running.owners.handOver('monolith', buckets);
    ended = true;
    await Promise.all(clients);
    await eventually(async () => {
      const [monolith, service] = await running.bothSides();
      expect(service).toEqual(monolith);
      expect(monolith).toEqual(running.sorted());
    });
    expect(running.problems()).toEqual([]);
    expect(running.roles.map((role) => role.status().state)).not.toContain('stopped');
    for (const refusal of running.refusals)
      expect(refusal).toMatch(new RegExp(`${notOwned.source}|${grantedJustThen.source}`));
    expect(running.refusals.filter((one) => notOwned.test(one)).length).toBeGreaterThan(10);
    expect([...running.acknowledged.keys()].some((id) => id % 2 === 0)).toBe(true);
  });

  it('is stopped, or has lost writes, where the same is done without them', async () => {
    const running = await startBlog(false);
    let ended = false;
    const clients = [1, 2, 3, 4].map((seed) => running.client(seed, () => ended));
    const buckets = bucketsOf(running);
    await running.owners.handOver('monolith', buckets);
    await eventually(async () => {
      const stopped = running.problems();
      expect(stopped.length).toBeGreaterThan(0);
    });
    ended = true;
    await Promise.all(clients);
    expect(running.refusals).toEqual([]);
    const [monolith, service] = await running.bothSides();
    expect(service).not.toEqual(monolith);
    expect(running.problems()).toEqual(['two_owners']);
  });
});
