import type { Command } from 'commander';
import { openControl } from '../control/control-client.js';
import { wrongUsage } from '../output/exit-codes.js';
import { forgetGateway } from '../gateways/forget-gateway.js';
import { readStatuses } from '../gateways/read-statuses.js';
import { gatewayTable } from '../gateways/gateway-table.js';
import { printJson } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';
import { addWhy, type ChangeOptions } from './hand-over-options.js';

const help = `
The control plane remembers each gateway that was ever there, until it says good-bye when it ends. One that vanished without a
word may still serve clients by the flags that it knows: "flip" and "complete" count it as missing until it answers, or is forgotten.

Examples:
  $ strangler gateways list
  $ strangler gateways forget http://10.0.0.7:8090 --reason "the machine is gone"`;

export function addGateways(program: Command, context: CliContext): void {
  const gateways = program
    .command('gateways')
    .description('list the gateways that the control plane knows, and forget those that are gone for good')
    .addHelpText('after', help);
  gateways
    .command('list')
    .description('list those that serve, and those that vanished without saying good-bye')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const places = placesFor(command, context);
      const { items: known } = await openControl(places).gateways();
      const adminUrls = known.map(({ adminUrl }) => adminUrl);
      const { silent } = await readStatuses({
        adminUrls,
        remembered: new Set(),
        hidden: [],
        patience: places.patience,
      });
      const listed = known.map((one) => ({
        ...one,
        problem: silent.find(({ adminUrl }) => adminUrl === one.adminUrl)?.why ?? null,
      }));
      if (json) printJson(context.terminal, listed);
      else context.terminal.print(gatewayTable(listed));
    });
  addWhy(
    gateways
      .command('forget')
      .description('forget one that is gone for good; one that answers is refused')
      .argument('<address>', 'its admin address, as "gateways list" shows it'),
  ).action(async (address: string, { json, ...why }: ChangeOptions, command: Command) => {
    if (!URL.canParse(address) || !/^https?:/.test(address))
      throw wrongUsage(`"${address}" is no address: it looks like http://127.0.0.1:8090.`);
    const { origin } = new URL(address);
    const control = openControl(placesFor(command, context));
    await forgetGateway(control, origin, why);
    if (json) printJson(context.terminal, { forgotten: origin });
    else context.terminal.print(`${origin} is forgotten: nothing waits for it any more`);
  });
}
