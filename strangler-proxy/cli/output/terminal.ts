import pc from 'picocolors';

/** Where a command writes to. Standard output carries the result and nothing else. */
export interface Terminal {
  /** One line, or several, of the result. */
  print(text: string): void;
  /** What a person should know beside the result: progress, warnings, errors. */
  tell(text: string): void;
  /** One line that replaces the last one while a person looks; nothing otherwise. */
  progress(text: string): void;
  /** Is a person looking at the result? */
  interactive: boolean;
  colours: ReturnType<typeof pc.createColors>;
}

interface Streams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/**
 * The terminal of a process. Colours only where a person looks at them.
 * @param noColour asked for by the environment (https://no-color.org)
 */
export function openTerminal({ stdout, stderr }: Streams, noColour: boolean): Terminal {
  // A reader that has seen enough (`| head`) must not turn a good answer into a stack trace.
  stdout.on('error', () => undefined);
  return {
    print: (text) => void stdout.write(`${text}\n`),
    tell: (text) => void stderr.write(`${text}\n`),
    progress: (text) => void (stderr.isTTY && stderr.write(`\r\u001b[K${text}`)),
    interactive: stdout.isTTY,
    colours: pc.createColors(stdout.isTTY && !noColour),
  };
}

/** A result as programs read it. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, null, 2));
}
