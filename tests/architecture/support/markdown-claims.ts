/** What a Markdown document says that can be wrong. */
export interface Claims {
  /** Command lines in code blocks, and those in running text that begin with npm or npx. */
  commands: string[];
  /** Paths of the repository, as named in running text. */
  paths: string[];
  /** Targets of links that don't leave the repository. */
  links: string[];
  /** Environment variables. */
  variables: string[];
  /** Ports of this machine, in addresses. */
  ports: number[];
}

const shells = new Set(['sh', 'bash', 'shell', 'console']);

/** Reads a document for what it claims to exist. */
export function claimsOf(markdown: string): Claims {
  const { blocks, prose } = splitBlocks(markdown);
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const shellLines = blocks
    .filter(({ language }) => shells.has(language))
    .flatMap(({ text }) => linesOf(text));
  return {
    commands: [...shellLines, ...spans].filter((line) => /(^|\s)(npm|npx|strangler|docker) /.test(line)),
    paths: spans.filter(
      (span) => /^[\w.-]+(\/[\w.-]+)+\/?$/.test(span) || /^[\w-]+\.(md|json|mjs|yaml|yml)$/.test(span),
    ),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target)),
    variables: [...spans, ...shellLines].flatMap((text) =>
      [...text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name),
    ),
    ports: [...markdown.matchAll(/(?:127\.0\.0\.1|localhost):(\d{2,5})/g)].map(([, port]) => Number(port)),
  };
}

/** The heading anchors that a document offers, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  const { prose } = splitBlocks(markdown);
  return [...prose.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}

interface Block {
  language: string;
  text: string;
}

/** Code blocks, and what stands between them. */
function splitBlocks(markdown: string): { blocks: Block[]; prose: string } {
  const blocks: Block[] = [];
  const prose = markdown.replaceAll(
    /^```(\w*)[^\n]*\n([\s\S]*?)^```/gm,
    (_whole, language: string, text: string) => {
      blocks.push({ language, text });
      return '';
    },
  );
  return { blocks, prose };
}

/** Command lines without prompts and comments; a backslash at the end of a line joins it with the next. */
function linesOf(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*\$ /, '')
        .replace(/\s+#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('#'));
}
