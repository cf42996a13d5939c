import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import pc from 'picocolors';
import { usage } from '../../deploy/local/options.js';
import { documentedPorts } from '../../deploy/local/settings/ports.js';
import { readComposeFile } from '../../deploy/test/compose-file/read-compose-file.js';
import { readCliConfig } from '../../strangler-proxy/cli/system/config.js';
import { createProgram } from '../../strangler-proxy/cli/create-program.js';
import { addShopCommands } from '../../strangler-proxy/cli/shop-commands/add-shop-commands.js';
import { checkCommandLine } from './support/check-command.js';
import { checkDocument, type World } from './support/check-document.js';
import { readRepositoryFile, repositoryFiles } from './support/repository.js';

const files = repositoryFiles();
const documents = files.filter((path) => path.endsWith('.md'));
const world: World = {
  program: stranglerProgram(),
  scripts: Object.keys((JSON.parse(readRepositoryFile('package.json')) as { scripts: object }).scripts),
  startOptions: [...usage.matchAll(/--[a-z-]+/g)].map(([option]) => option),
  containers: Object.keys(readComposeFile(readRepositoryFile('docker-compose.yml')).services),
  files,
  variableSources: files
    .filter((path) => !/\.md$|\.test\.ts$|package-lock|\.csv$/.test(path))
    .map(readRepositoryFile)
    .join('\n'),
  ports: Object.values(documentedPorts),
  read: readRepositoryFile,
};

describe('a document', () => {
  it.each(documents)('%s names nothing that does not exist', (path) => {
    expect(checkDocument(path, readRepositoryFile(path), world)).toEqual([]);
  });

  it('is told apart from the truth in each way in which it could be wrong', () => {
    const wrong = [
      '# Planted',
      '```sh',
      '$ npx strangler flop inventory.get 10',
      'npx strangler flip inventory.get 10 --because "why"',
      'npm run nothing && npm start -- --fast',
      'docker compose run --rm cli flop && docker compose run --rm --volume "$PWD:/files" command status',
      'MONOLITH_ADDRESS=http://127.0.0.1:4107 npm start',
      '```',
      'See `legacy-monolith/modules/shipping/index.ts`, `nothing.md`, `NO_SUCH_VARIABLE`,',
      '[a page](nowhere.md), [a heading](#not-there) and [another](glossary.md#not-there-either).',
    ].join('\n');
    expect(checkDocument('docs/planted.md', wrong, world)).toEqual([
      '"npx strangler flop inventory.get 10": strangler has no command flop',
      '"npx strangler flip inventory.get 10 --because "why"": strangler flip has no option --because',
      '"npm run nothing && npm start -- --fast": there is no script nothing',
      '"npm run nothing && npm start -- --fast": npm start has no option --fast',
      '"docker compose run --rm cli flop && docker compose run --rm --volume "$PWD:/files" command status": strangler has no command flop',
      '"docker compose run --rm cli flop && docker compose run --rm --volume "$PWD:/files" command status": docker-compose.yml has no service command',
      'there is no legacy-monolith/modules/shipping/index.ts',
      'there is no nothing.md',
      'the link nowhere.md leads nowhere',
      'docs/planted.md has no heading for the link #not-there',
      'docs/glossary.md has no heading for the link glossary.md#not-there-either',
      'nothing is called NO_SUCH_VARIABLE',
      'nothing is called MONOLITH_ADDRESS',
      'nothing listens on port 4107',
    ]);
  });

  it('is not suspected where it is right', () => {
    const right = [
      '# Planted',
      '```sh',
      '$ npx strangler flip inventory.get 10 --reason "canary" --data-dir .data | head -3  # --not-an-option',
      'npm run check && npm start -- --data-dir elsewhere --ports auto',
      'docker compose run --rm --volume "$PWD:/files:ro" cli import /files/orders.csv --json && docker compose up --build',
      'MYSQL_URL=mysql://me:secret@db.example:3306/ npm start',
      '```',
      'See `legacy-monolith/modules/`, `README.md`, `package.json` and `UNLEASH_URL` at http://127.0.0.1:8080,',
      '[the heading](#planted), [the words](glossary.md) and [elsewhere](https://example.com/nowhere).',
    ].join('\n');
    expect(checkDocument('docs/planted.md', right, world)).toEqual([]);
  });
});

describe('the index of decisions', () => {
  it('lists each of them by its own title', () => {
    const index = readRepositoryFile('docs/decisions/README.md');
    const decisions = documents.filter((path) => /^docs\/decisions\/\d{4}-/.test(path));
    const unlisted = decisions.filter((path) => {
      const [, number, title] = /^# (\d{4}): (.+)$/m.exec(readRepositoryFile(path)) ?? [];
      return !index.includes(`- [${number}](${path.split('/').at(-1)}): ${title}\n`);
    });
    expect(decisions.length).toBeGreaterThan(5);
    expect(unlisted).toEqual([]);
  });
});

describe('the help of the command line', () => {
  it('gives examples that exist', () => {
    const examples = commandsUnder(world.program).flatMap((command) =>
      [...helpOf(command).matchAll(/^ *\$ (.+)$/gm)].map(([, line = '']) => line),
    );
    expect(examples.length).toBeGreaterThan(10);
    expect(examples.flatMap((line) => checkCommandLine(line, world))).toEqual([]);
  });

  it('describes every command, option and argument', () => {
    const silent = commandsUnder(world.program).flatMap((command) => [
      ...(command.description() ? [] : [command.name()]),
      ...command.options
        .filter(({ description }) => !description)
        .map(({ flags }) => `${command.name()} ${flags}`),
    ]);
    expect(silent).toEqual([]);
  });
});

function stranglerProgram(): Command {
  const silent = () => undefined;
  return createProgram(
    {
      config: readCliConfig({}),
      environment: {},
      terminal: {
        print: silent,
        tell: silent,
        progress: silent,
        interactive: false,
        colours: pc.createColors(false),
      },
      whenAskedToEnd: () => new AbortController().signal,
      programFile: '/opt/strangler.mjs',
    },
    addShopCommands,
  );
}

/** All commands that help shows. */
function commandsUnder(command: Command): Command[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  return [command, ...visible.flatMap(commandsUnder)];
}

/** With the text behind it, which `helpInformation` leaves out. */
function helpOf(command: Command): string {
  let text = '';
  const write = (part: string) => void (text += part);
  command.configureOutput({ writeOut: write, writeErr: write }).outputHelp();
  return text;
}
