import { parseArgs } from 'node:util';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { leaseBucket } from '#contracts/strangler/retention.js';
import { shortestWait } from '#platform/config/patience.js';
import { AppError } from '#platform/errors/app-error.js';
import { endWithGraceFromStart } from '#platform/program/end-with-grace.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { readConfigFile } from '../gateway/config/read-config-file.js';
import { readControlConfig } from './config.js';
import { verifyBothSides } from './gates/verify-both-sides.js';
import { usualTimeoutMs } from '../flags/unleash-request.js';
import { runControlPlane } from './run-control-plane.js';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
const config = readControlConfig(process.env);
const logger = createLogger('control-plane', config.LOG_LEVEL);
if (values.config === undefined)
  throw new AppError('invalid_config', 'Say with --config which configuration the gateways have');
const gateway = readConfigFile(values.config, process.env);
const { nats, flags } = gateway;
if (!nats || !flags.unleash || !flags.token)
  throw new AppError('invalid_config', `${values.config} must name nats, flags.unleash and flags.token`);
const registry = new Registry();
collectDefaultMetrics({ register: registry });

// It waits for NATS, however long, and can be ended meanwhile, too.
const whenItEnds = endWithGraceFromStart(logger);
const { PATIENCE: patience } = config;
const minRequestTimeout = shortestWait(patience, config.CONTROL_MIN_REQUEST_TIMEOUT);
logger.info('the control plane starts, once it has NATS');
const controlPlane = await runControlPlane({
  host: config.HOST,
  port: config.PORT,
  publicUrl: config.CONTROL_PUBLIC_URL,
  mysqlUrl: config.MYSQL_URL,
  natsUrl: nats,
  unleash: { url: flags.unleash, token: flags.token },
  unleashAdmin: {
    url: flags.unleash,
    token: config.UNLEASH_ADMIN_TOKEN,
    project: config.UNLEASH_PROJECT,
    environment: flags.environment,
    timeoutMs: Math.max(usualTimeoutMs, minRequestTimeout),
  },
  gateway,
  adminToken: config.CONTROL_TOKEN,
  settings: {
    stepSizes: { service: config.CONTROL_STEPS_FORWARD, monolith: config.CONTROL_STEPS_BACK },
    releasePatience: config.CONTROL_RELEASE_PATIENCE * patience,
    grantPatience: config.CONTROL_GRANT_PATIENCE * patience,
    killBlockers: config.CONTROL_KILL_BLOCKERS,
    mostFailures: config.CONTROL_MOST_FAILURES,
    backOff: config.CONTROL_BACK_OFF,
    interval: config.CONTROL_INTERVAL,
  },
  leaseBucket,
  leaseDuration: config.CONTROL_LEASE,
  minRequestTimeout,
  // Who waits longer for a release can wait for more that is on its way.
  mostLag: config.CONTROL_MOST_LAG * patience,
  throwAwayData: config.CONTROL_THROW_AWAY_DATA,
  verify: config.CONTROL_VERIFY ? verifyBothSides : undefined,
  verifiedFor: config.CONTROL_VERIFIED_FOR,
  quietTime: config.CONTROL_QUIET_TIME,
  registry,
  logger,
});
whenItEnds(() => controlPlane.end());
