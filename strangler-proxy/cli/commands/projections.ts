import type { Command } from 'commander';
import { withSidecars } from '../data/with-sidecars.js';
import { projectionsTable } from '../projections/projection-text.js';
import { readProjections } from '../projections/read-projections.js';
import { rebuildProjections } from '../projections/rebuild-projections.js';
import { printJson } from '../output/terminal.js';
import { type CliContext, placesFor } from './cli-context.js';

const withoutNats = 'nobody can say how projections are';

/** The commands that look after what queries read. */
export function addProjections(program: Command, context: CliContext): void {
  const projections = program
    .command('projections')
    .description('what queries read, built from events: see how current it is, and build it anew');
  projections
    .command('list')
    .description('list them with their lag, and what is being built')
    .option('--json', 'as JSON')
    .action(({ json = false }: { json?: boolean }, command: Command) =>
      withSidecars(
        placesFor(command, context),
        async (nats) => {
          const found = await readProjections(nats);
          if (json) printJson(context.terminal, found);
          else context.terminal.print(found.length > 0 ? projectionsTable(found) : 'There are none.');
        },
        withoutNats,
      ),
    );
  addRebuild(projections, context);
}

const rebuildHelp = `
Queries go on meanwhile: they read what there is until the new build is complete, and then that. What is under way already is
only followed. Ctrl-C ends the watching, with exit code 4, not the build; nor does a crash: it goes on from where it was.

Examples:
  $ strangler projections rebuild
  $ strangler projections rebuild order-views`;

function addRebuild(projections: Command, context: CliContext): void {
  projections
    .command('rebuild')
    .description('build one anew from the data of its capabilities and their events, or all')
    .argument('[name]', 'as the list says')
    .option('--json', 'as JSON')
    .addHelpText('after', rebuildHelp)
    .action((name: string | undefined, { json = false }: { json?: boolean }, command: Command) =>
      withSidecars(
        placesFor(command, context),
        async (nats) => {
          const { terminal } = context;
          const built = await rebuildProjections(nats, name, terminal, context.whenAskedToEnd());
          if (json) printJson(terminal, built);
          else terminal.print(projectionsTable(built));
        },
        withoutNats,
      ),
    );
}
