#include "client/shell/completion_scripts.h"

namespace electra::client {
namespace {

// The program answers with lines: ":files", ":folders" or ":open" (no blank after the word), then
// WORD<tab>DESCRIPTION.

// bash ends words at = and : too, and replaces only the text after the last of them.
constexpr std::string_view kBash =
    R"sh(# bash completion for electra: eval "$(electra completion bash)"
_electra() {
  local line=${COMP_LINE:0:COMP_POINT} words=() word typed reply value
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[-1]}
  typed=""
  [[ $word == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]] && typed=${word%"${word##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r value reply; do
    case $value in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "${word#"$typed"}")
        ;;
      :folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -d -- "${word#"$typed"}")
        ;;
      :open) compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("${value#"$typed"}") ;;
    esac
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -o nosort -F _electra electra 2>/dev/null || complete -F _electra electra
)sh";

constexpr std::string_view kZsh = R"sh(#compdef electra
# zsh completion for electra: source <(electra completion zsh), or as _electra in a folder of fpath
_electra() {
  local value reply paths="" open=""
  local -a values shown
  while IFS=$'\t' read -r value reply; do
    case $value in
      :files) paths=files ;;
      :folders) paths=folders ;;
      :open) open=1 ;;
      *)
        values+=("$value")
        shown+=("${value}${reply:+  -- $reply}")
        ;;
    esac
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#values )); then
    if [[ -n $open ]]; then
      compadd -l -S '' -d shown -a values
    else
      compadd -l -d shown -a values
    fi
  fi
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [ "$funcstack[1]" = "_electra" ]; then
  _electra "$@"
else
  compdef _electra electra
fi
)sh";

constexpr std::string_view kFish =
    R"sh(# fish completion for electra: electra completion fish | source
function __electra_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$word"
            case ':folders'
                __fish_complete_directories "$word"
            case ':open'
            case '*'
                echo $line
        end
    end
end
complete -c electra -f -a '(__electra_complete)'
)sh";

}  // namespace

std::string_view CompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

}  // namespace electra::client
