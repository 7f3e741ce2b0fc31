# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of streetcap for bash: commands and options come from its own help, so that they are never out of date.

_streetcap_words() {
        streetcap "$@" --help 2>/dev/null
}

_streetcap() {
        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i words
        for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                -c | --config | --root) ((i++)) ;;
                -*) ;;
                *)
                        command=${COMP_WORDS[i]}
                        break
                        ;;
                esac
        done
        case $before in
        -c | --config | -o | --output | --pictures | --root | --with-images) words='' ;;
        --format) words='gpkg geojson csv' ;;
        --quality) words='good night clipped blurred' ;;
        *)
                if [[ $word == -* ]]; then
                        words=$(_streetcap_words ${command:+"$command"} | grep -oE -- '--[a-z-]+')
                elif [[ -z $command ]]; then
                        words=$(_streetcap_words | sed -n '/^commands:/,/^$/s/^  \([a-z]*\).*/\1/p')
                elif [[ $command == roads ]]; then
                        words='import info'
                fi
                ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _streetcap streetcap
