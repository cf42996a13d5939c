import { z } from 'zod';
import { endpointSchema, endpointTimeouts } from './endpoint-config.js';
import {
  duration,
  listenOn,
  numeric,
  optionalSection,
  origin,
  section,
  size,
  unsaid,
  whole,
} from './field-schemas.js';

/** Host names or addresses, each with a port or for any; a text has commas between them, so that a variable can hold it. */
const hosts = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((host) => host.trim()) : value),
  z
    .array(
      z
        .string()
        .regex(
          /^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d+)?$/i,
          'must be a host such as inventory or 10.0.0.7:4101',
        ),
      { error: 'must be a list of hosts' },
    )
    .default([]),
);

const upstream = z.preprocess(
  (value) => (typeof value === 'string' ? { urls: [value] } : Array.isArray(value) ? { urls: value } : value),
  section({
    /** Fixed addresses. */
    urls: z.array(origin, { error: 'must be a list of addresses' }).default([]),
    /** Name under which instances register themselves in NATS. */
    discover: unsaid(z.string({ error: 'must be the name that instances register under' })),
    /** Where those may be; registered addresses at any other host are not used. Without it, they may be anywhere. */
    hosts,
  }),
);

/** Longest that each phase of an upstream request may take. */
const timeouts = {
  connect: duration.default(1_000),
  /** From the request to the first byte of its answer. */
  answer: duration.default(300_000),
  /** Between two pieces of an answer's body: a stream of events may be quiet for so long. */
  idle: duration.default(120_000),
};

const breaker = optionalSection({
  /** Failures in a row that open it. */
  consecutive: whole(1, 1000).default(5),
  /** Percent of failed requests over the last ten seconds that opens it, given `volume` requests. */
  percent: whole(1, 100).default(50),
  volume: whole(1, 1_000_000).default(20),
  /** How long it stays open before one request may try again. */
  retryAfter: duration.default(1_000),
});

const bulkhead = optionalSection({
  /** Requests at a time, per side. */
  concurrent: whole(1, 100_000).default(512),
  /** Requests that may wait for a place, and for how long. */
  queue: whole(0, 100_000).default(1_024),
  wait: duration.default(1_000),
});

const replica = section({
  /** A replica that isn't known to be younger is not read. */
  maxStaleness: duration.default(3_000),
  /** Most that the clocks of gateways and sidecars may differ. */
  clockSkewAllowance: duration.default(50),
  /** Longest that a list waits for the replica before it is read from the owner. */
  listWait: duration.default(300),
  /** The same while each side owns some of it; after that the list may lack the latest writes of one side. */
  mixedListWait: duration.default(5_000),
  /** After this time a write whose answer never came can no longer happen. */
  unknownOutcome: duration.default(60_000),
  /** Keys tracked one by one; beyond, all of the capability is read from the owner for the time. */
  maxKeys: whole(1, 10_000_000).default(100_000),
});

/** `none` where both sides share one database, so that nothing can lag. */
const consistency = z.preprocess(
  (value) => value ?? {},
  z.union([z.literal('none'), replica], {
    error:
      'must be "none" or a section with maxStaleness, clockSkewAllowance, listWait, mixedListWait, unknownOutcome, maxKeys',
  }),
);

const capability = section({
  /** As clients read it: "Inventory service is unavailable". */
  title: unsaid(z.string()),
  service: unsaid(upstream),
  consistency,
  timeouts: optionalSection({ ...timeouts, answer: duration.default(2_000) }),
  breaker,
  bulkhead,
});

const flags = section({
  /** Base address of Unleash; without it every request goes to the monolith. */
  unleash: unsaid(z.url({ error: 'must be the address of Unleash, such as http://127.0.0.1:4242' })),
  token: unsaid(z.string({ error: 'must be a client token of Unleash' })),
  environment: z.string().default('development'),
  refresh: duration.default(1_000),
  /** Fields of the flag's context, by where a request carries them: `userId: header.x-customer-id`. */
  context: z
    .record(z.string(), z.string().regex(/^(header\.[A-Za-z0-9-]+|key)$/, 'must be header.<name> or key'))
    .default({}),
});

/** A gateway's whole configuration. All durations become milliseconds, all sizes bytes. */
export const gatewayConfigSchema = section({
  listen: listenOn(8080),
  admin: listenOn(8090),
  monolith: upstream,
  monolithLimits: optionalSection({ timeouts: optionalSection(timeouts), breaker, bulkhead }),
  flags: z.preprocess((value) => value ?? {}, flags),
  nats: unsaid(z.string({ error: 'must be an address such as nats://127.0.0.1:4222' })),
  natsTimeouts: optionalSection({
    /** Longest that a read, or the answer to a write, waits until all has been heard that other gateways have said. */
    flush: duration.default(500),
    /** How long startup waits for the ownership map, and a read for a program that is asked who owns its key. */
    ownership: duration.default(1_000),
  }),
  /** How many times as long as it says here, or by default, the gateway waits for others: for a slow machine. */
  patience: numeric(1, 100).default(1),
  /** Folder where last known flags and owners survive a restart. */
  state: unsaid(z.string({ error: 'must be a folder' })),
  capabilities: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case'), capability).default({}),
  /** What no endpoint matches goes to the monolith, with limits of its own if it needs them. */
  unmapped: optionalSection({ timeouts: optionalSection(endpointTimeouts) }),
  endpoints: z.array(endpointSchema, { error: 'must be a list of endpoints' }).default([]),
  /** Signs the ids of what requests create, for the programs that have the same key. */
  signingKey: unsaid(
    z.string({ error: 'must be a text' }).min(32, 'must have at least 32 characters: it is a secret'),
  ),
  /** Writes that wait because their key has no owner for a moment. */
  parking: optionalSection({
    /** Longest that one waits. */
    time: duration.default(5_000),
    /** How long an upstream may be away for its requests to wait for its return; longer is down. 0: they never do. */
    absence: duration.default(15_000),
    /** Most that wait at a time, and most bytes of their bodies together. */
    writes: whole(0, 1_000_000).default(1_000),
    memory: size.default(64 * 1024 * 1024),
    /** Largest body of a write that may wait. */
    body: size.default(1024 * 1024),
  }),
  matching: optionalSection({
    /** Whether the upstreams tell /Inventory from /inventory, and /inventory/ from /inventory. */
    caseSensitive: z.boolean().default(false),
    strictSlash: z.boolean().default(false),
  }),
  /** Paths that are never passed on, such as `/metrics`; `/health/*` stands for all below `/health` and for itself. */
  denied: z
    .array(
      z
        .string()
        .regex(/^\/[^\s?#*]*(\/\*)?$|^\/\*$/, { error: 'must be a path such as /metrics or /health/*' }),
    )
    .default([]),
  limits: optionalSection({
    headers: size.default(16 * 1024),
    /** Of a body that is held, as where a key stands in it; and of an answer that is. */
    body: size.default(1024 * 1024),
    /** Of a body that only passes through; without it there is no limit. */
    upload: unsaid(size),
    headersTime: duration.default(10_000),
    /** For all of a request to arrive: a slow upload is none that has stopped, which `idle` ends. */
    requestTime: duration.default(3_600_000),
    keepAlive: duration.default(65_000),
    /** Without a byte from or to a client that sends, or has an answer to take, or does neither. */
    idle: duration.default(120_000),
    connections: whole(1, 1_000_000).default(10_000),
  }),
  /** Peers whose X-Forwarded-* and Forwarded headers are believed: addresses or CIDR ranges. */
  trustedPeers: z.array(z.string()).default([]),
  drain: optionalSection({
    /** Time between "not ready" and taking no more connections, for a load balancer to notice. */
    delay: duration.default(0),
    /** How long idle connections may still bring a request, which is answered with Connection: close. */
    idle: duration.default(500),
    /** Longest that requests in flight are waited for. */
    limit: duration.default(10_000),
  }),
  accessLog: optionalSection({
    /** Percent of requests that are logged; answers from 500 up always are, unless it is 0. */
    percent: numeric(0, 100).default(1),
  }),
  documents: unsaid(
    section({
      /** OpenAPI document, relative to the configuration; served at /openapi.json, to be read at /docs. */
      openapi: unsaid(z.string({ error: 'must be a file' })),
      docs: z.boolean().default(true),
    }),
  ),
});

export type GatewayConfig = z.output<typeof gatewayConfigSchema>;
export type CapabilityConfig = GatewayConfig['capabilities'][string];
export type UpstreamLimits = GatewayConfig['monolithLimits'];
export type ParkingConfig = GatewayConfig['parking'];
export type ConsistencyConfig = Exclude<CapabilityConfig['consistency'], 'none'>;
