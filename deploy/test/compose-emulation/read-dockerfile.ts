/** What the last stage of a Dockerfile puts into the image. */
export interface ImageContents {
  workdir: string;
  environment: Record<string, string>;
  /** `mode` is undefined where the files keep those of the checkout. */
  copies: { source: string; target: string; fromStage: boolean; mode: string | undefined }[];
  /** Folder that belongs to the image's user, who may write nowhere else. */
  writable: string;
}

/** Reads the form in which the Dockerfile of this repository is written. @throws on an instruction that it doesn't know */
export function readDockerfile(text: string): ImageContents {
  const image: ImageContents = { workdir: '/', environment: {}, copies: [], writable: '' };
  const lastStage = text.slice(text.lastIndexOf('\nFROM '));
  for (const line of lastStage.split('\n').filter((one) => /^[A-Z]+ /.test(one))) {
    const [instruction = '', ...words] = line.split(' ');
    if (instruction === 'WORKDIR') image.workdir = words[0] ?? '/';
    else if (instruction === 'ENV') Object.assign(image.environment, variablesOf(words));
    else if (instruction === 'COPY') image.copies.push(...copiesOf(words, image.workdir));
    else if (instruction === 'RUN')
      image.writable = /^RUN install -d -o node -g node (\S+)$/.exec(line)?.[1] ?? '';
    else if (!['FROM', 'USER', 'CMD'].includes(instruction)) throw new Error(`unknown instruction: ${line}`);
  }
  return image;
}

function variablesOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => word.split('=', 2)));
}

function copiesOf(words: readonly string[], workdir: string): ImageContents['copies'] {
  const flag = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.split('=', 2)[1];
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.at(-1) ?? '';
  const fromStage = flag('from') !== undefined;
  return paths.slice(0, -1).map((path) => {
    // A stage has the repository's files in the working directory.
    const source = fromStage ? path.slice(workdir.length + 1) : path;
    const name = target.endsWith('/') ? `${target}${source.split('/').at(-1)}` : target;
    return { source, target: `${workdir}/${name.replace(/^\.\//, '')}`, fromStage, mode: flag('chmod') };
  });
}
