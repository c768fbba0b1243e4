// Completion scripts: each asks the program itself for candidates, by `carillon complete -- <words>`. Where there are none,
// the shell completes file names.

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const bash = `# Completion of carillon for bash. In ~/.bashrc: source <(carillon completion bash)
_carillon() {
  local value
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    COMPREPLY+=("$value")
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _carillon carillon
`;

const zsh = `#compdef carillon
# Completion of carillon for zsh. In ~/.zshrc, after compinit: source <(carillon completion zsh)
_carillon() {
  local value about
  local -a found
  while IFS=$'\\t' read -r value about; do
    found+=("\${value//:/\\\\:}:$about")
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe carillon found; else _files; fi
}
# As a file of $fpath this is the body of the function.
if [[ "\${funcstack[1]}" == _carillon ]]; then _carillon "$@"; else compdef _carillon carillon; fi
`;

const fish = `# Completion of carillon for fish. carillon completion fish > ~/.config/fish/completions/carillon.fish
function __carillon_complete
  set -l words (commandline -opc)
  set -l found ($words[1] complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c carillon -f -a '(__carillon_complete)'
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
