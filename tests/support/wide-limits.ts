/**
 * Limits of programs in tests that don't ask about limits: so wide that only what hangs runs into them, however slow the
 * machine is. A test of a limit sets that one, and lets the upstream decide when it is over.
 */
export const wideMs = 60_000;

const wide = `${wideMs / 1_000}s`;

/** For a whole shop whose programs nobody kills: each waits ten times as long as usual. */
export const patience = 10;

/** What a whole shop's gateway takes from its environment. */
export const patientGateway = { GATEWAY_ANSWER_TIME: wide, GATEWAY_PARKING_TIME: wide };

/** What commands take from their environment. */
export const wideCommands = { PATIENCE: String(patience) };

const timeouts = { connect: wide, answer: wide, idle: wide };
const upstreamLimits = { timeouts, bulkhead: { wait: wide } };

/** A gateway's configuration. @param capabilities names of those that the configuration has */
export function wideGatewayConfig(capabilities: readonly string[]): Record<string, unknown> {
  const each = {
    ...upstreamLimits,
    consistency: { maxStaleness: wide, listWait: wide, mixedListWait: wide },
  };
  return {
    monolithLimits: upstreamLimits,
    natsTimeouts: { flush: wide, ownership: wide },
    parking: { time: wide, absence: wide },
    limits: { headersTime: wide, requestTime: wide },
    capabilities: Object.fromEntries(capabilities.map((name) => [name, each])),
  };
}

/** How long a saga's call may take, and how long a silent instance keeps a saga: longer than any call. */
export const wideSagas = { minStepTimeoutMs: wideMs, leaseMs: 2 * wideMs };

/** What stands before each other program that is called. */
export const wideShields = { wait: wideMs };

/** What shop programs of our own take from their environment. */
export const wideProgramEnvironment = {
  MIN_REQUEST_TIMEOUT_MS: String(wideMs),
  OWNER_TIMEOUT_MS: String(wideMs),
};

/** How long programs under test wait for their database. */
export const wideDatabase = { acquireMs: wideMs, connectMs: wideMs, lockWaitSeconds: wideMs / 1_000 };
