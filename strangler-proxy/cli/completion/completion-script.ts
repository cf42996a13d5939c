/** Shells that completion knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * A script that makes a shell ask this program what may come next; where it knows nothing, the shell offers files.
 * @param programFile absolute path, since the user's PATH may not lead to the program
 */
export function completionScript(shell: Shell, programFile: string): string {
  const quoted = `'${programFile.replaceAll("'", String.raw`'\''`)}'`;
  return scripts[shell](`node ${quoted} complete-words --`);
}

const scripts: Record<Shell, (complete: string) => string> = {
  bash: (complete) => `_strangler() {
  local IFS=$'\\n'
  COMPREPLY=($(${complete} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _strangler strangler`,

  zsh: (complete) => `#compdef strangler
_strangler() {
  local -a found
  found=(\${(f)"$(${complete} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -a found; else _files; fi
}
if [[ $funcstack[1] == _strangler ]]; then _strangler "$@"; else compdef _strangler strangler; fi`,

  fish: (complete) => `function __strangler_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct | string collect --allow-empty)
  ${complete} $words[2..] "$current" 2>/dev/null
end
complete -c strangler -a '(__strangler_complete)'`,
};
