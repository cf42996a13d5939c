import { fileURLToPath } from 'node:url';
import { ensureServers } from '#platform/embedded/install/install-servers.js';
import { explainFileError } from '#platform/supervision/explain-file-error.js';
import { inheritedEnvironment } from '#platform/supervision/inherited-environment.js';
import { addressesOf, addressTable, removeAddresses, writeAddresses } from './addresses.js';
import { readLocalConfig } from './settings/config.js';
import { consoleReport, seconds } from './console-report.js';
import { dialogue, serversToStart } from './dialogue.js';
import { endWhenAsked } from './end-when-asked.js';
import { readOptions, type StartOptions, usage } from './options.js';
import { planSystem } from './plan-system.js';
import { whatToTry } from './what-to-try.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else await run(options);
} catch (error) {
  console.error(explainFileError(error).message);
  process.exit(1);
}

async function run(options: StartOptions): Promise<void> {
  const began = Date.now();
  const config = readLocalConfig(process.env);
  const programs = await ensureServers(serversToStart(config), dialogue(config));
  const request = { ...options, root, config, programs, inherited: inheritedEnvironment(process.env) };
  const planned = await planSystem(request, consoleReport(!options.quiet));
  const { system, supervisor, release, newControlToken } = planned;
  removeAddresses(options.dataDir);
  const cleanUp = () => {
    removeAddresses(options.dataDir);
    release();
  };
  const ending = endWhenAsked(supervisor, cleanUp, config.npm_lifecycle_event !== undefined);
  try {
    await supervisor.start();
  } catch (error) {
    if (ending.asked()) return;
    console.error(explainFileError(error).message);
    await ending.end(1);
  }
  const addresses = addressesOf(system, !options.serversOnly);
  writeAddresses(options.dataDir, addresses);
  console.log(`\nUp in ${seconds(Date.now() - began)}:\n\n${addressTable(addresses)}\n`);
  if (newControlToken !== undefined)
    console.log(
      `Token of the first admin, for the control plane: ${newControlToken}\nIt is shown this once. It stands in secrets.json, which only you can read; "npx strangler" finds it there.\n`,
    );
  if (!options.serversOnly)
    console.log(`Try, in another terminal:\n\n${whatToTry(options.dataDir, options.services)}\n`);
  console.log('Ctrl-C ends all of it.');
}
