import type { Habits } from '../load/choose-command.js';
import type { Fault } from './plant-fault.js';

/** A fault, and the trouble in which it shows. */
export interface PlantedFault extends Fault {
  /** What is killed or lost while clients work; buckets move all the time. */
  targets: readonly string[];
  habits?: Habits;
  /** What only a person can set right, where the fault shows in that: rows written by hand, a database put back to a copy. */
  mishaps?: { strays?: number; restores?: number };
  /** Is it among those that every test run plants? One for each kind of mistake: all of them take ten minutes. */
  usual?: true;
}

const orders: Habits = { reads: 5, orders: 60, cancels: 20 };

/** Mistakes that somebody could make in the product; a run that meets one has to say so. */
const faults: readonly PlantedFault[] = [
  {
    name: 'no guard: whoever is asked writes',
    file: 'platform/ownership/guard-keys.js',
    find: 'return new Set(held.map(({ bucket }) => bucket));',
    replace: 'return new Set(buckets);',
    targets: [],
  },
  {
    name: 'a guard without a lock: late writes slip through',
    file: 'platform/ownership/guard-keys.js',
    find: ' LOCK IN SHARE MODE',
    replace: '',
    usual: true,
    targets: [],
  },
  {
    name: 'a grant before the rows that came before it',
    file: 'sidecar/apply/apply-messages.js',
    find: 'const writes = planWrites(move, replica, messages);',
    replace: `const writes = planWrites(move, replica, messages);
    if (writes.some(({ kind }) => kind === 'tokens') && !oneByOne) {
        await connection.beginTransaction();
        await connection.query('UPDATE strangler_applied SET applied_at = applied_at');
        for (const write of writes) if (write.kind === 'tokens') {
            const held = await holdOwners(connection, capability, [write]);
            await grantBuckets(connection, capability, write.tokens, held);
        }
        await connection.commit();
        await new Promise((resolve) => setTimeout(resolve, 400));
    }`,
    targets: [],
  },
  {
    name: 'no check for gaps: what a stream has lost is skipped',
    file: 'sidecar/apply/decide-what-to-apply.js',
    find: 'if (samePosition(message.previous, at)) {',
    replace: 'if (message.position.seq > at.seq) {',
    targets: ['messages of the monolith', 'messages of the service'],
  },
  {
    name: 'no suppression of loops: what was applied is sent back',
    file: 'sidecar/capture/read-changes.js',
    find: 'if (table === appliedTable) {',
    replace: 'if (table === appliedTable) return;\n        if (false) {',
    targets: [],
  },
  {
    name: 'answers under keys stay where they were given',
    file: 'migrations/moves/inventory.js',
    find: "        idempotencyRecords('inventory'),\n",
    replace: '',
    targets: [],
  },
  {
    name: 'rows and place in two transactions',
    file: 'sidecar/apply/apply-messages.js',
    find: 'const outcome = await applyWrites(',
    replace: `await connection.commit();
        if (messages.some(({ changes }) => changes.length > 0) && Math.random() < 0.02) process.kill(process.pid, 'SIGKILL');
        await connection.beginTransaction();
        const outcome = await applyWrites(`,
    targets: [],
  },
  {
    name: 'a repeated key does its work again',
    file: 'platform/database/idempotency.js',
    find: 'const known = await claimKey(write, transaction);',
    replace:
      'const known = undefined;\n        if (await claimKey(write, transaction)) return { ...(await handle(transaction)), replayed: true };',
    targets: ['gateway'],
  },
  {
    name: 'an answer of "not the owner" reaches the client',
    file: 'strangler-proxy/gateway/exchange/exchange.js',
    find: 'if (status === 421 && this.refusedByOther(rawHeaders))',
    replace: 'if (false)',
    targets: [],
  },
  {
    name: 'an applier that leaves out a row now and then',
    file: 'sidecar/apply/write-rows.js',
    find: 'for (const rows of slices(write.rows, oneByOne ? 1 : mostRows)) {',
    replace: `for (const all of slices(write.rows, oneByOne ? 1 : mostRows)) {
        const rows = all.filter(() => Math.random() > 0.01);
        if (rows.length === 0) continue;`,
    targets: [],
  },
  {
    name: 'a capture that loses a change now and then',
    file: 'sidecar/capture/assemble-messages.js',
    find: 'commit(gtid, last) {',
    replace: 'commit(gtid, last) {\n            if (Math.random() < 0.01) changes = [];',
    targets: [],
  },
  {
    name: 'a release that puts units back each time that it is asked for',
    file: 'contracts/shop/reservation.js',
    find: `if (known.state === 'reserved')
        return change({ ...known, state: 'released', attempt }, -known.quantity);`,
    replace: "return change({ ...known, state: 'reserved', attempt }, -known.quantity);",
    targets: [],
    habits: orders,
  },
  {
    name: 'an order that reserves elsewhere without a note of it',
    file: 'legacy-monolith/modules/inventory/order-stock.js',
    find: 'const reply = await remote.ask(inventoryRequests.reserve,',
    replace: 'await removeTask(own, taskId);\n    const reply = await remote.ask(inventoryRequests.reserve,',
    targets: ['monolith'],
    habits: orders,
  },
  {
    name: 'a rejected order that forgets what it holds elsewhere',
    file: 'legacy-monolith/modules/inventory/order-stock.js',
    find: 'await options.tasks.follow({ orderId: order.orderId, kind, detail }, transaction);',
    replace: ';',
    targets: [],
    habits: orders,
  },
  {
    name: 'a replica that is read whether it is fresh or not',
    file: 'strangler-proxy/gateway/freshness/replica-freshness.js',
    find: "return key === undefined || writes.isHeld(key) ? 'written' : undefined;",
    replace: 'return undefined;',
    targets: ['inventory-sidecar', 'monolith-sidecar'],
    habits: { reads: 50, orders: 0, cancels: 0 },
  },
  {
    name: "an applier that overwrites its own side's rows",
    file: 'sidecar/apply/apply-messages.js',
    find: 'if (contested.length > 0)',
    replace: 'if (false)',
    also: [{ file: 'sidecar/ownership/hold-buckets.js', find: 'if (own.length > 0)', replace: 'if (false)' }],
    targets: [],
    mishaps: { strays: 1 },
  },
  {
    name: 'a place in the log that is held against nothing the server has executed',
    file: 'sidecar/capture/went-back.js',
    find: 'if (hasExecuted(executed, gtid))',
    replace: 'if (true)',
    also: [
      {
        file: 'sidecar/capture/expect-last.js',
        find: 'if (gtid !== expected || !isKnown) {',
        replace: 'if (false) {',
      },
    ],
    targets: [],
    habits: { reads: 10, orders: 0, cancels: 0 },
    mishaps: { restores: 1 },
  },
];

/** Those that are usual, or with `PLANTED_FAULTS=all` every one. */
export function faultsToPlant(): readonly PlantedFault[] {
  return process.env['PLANTED_FAULTS'] === 'all' ? faults : faults.filter(({ usual }) => usual);
}
