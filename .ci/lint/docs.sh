#!/bin/sh
# What the documents tell people to type exists: commands and their options (as --help lists them), make targets.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
program=${BUGFORBUG:-build/release/bugforbug}
[ -x "$program" ] || { echo "$program is not there to be asked: run make" && exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Commands stand in the first column of the table, two blanks in.
"$program" --help | sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p' >"$work/commands"
while read -r command; do
    "$program" "$command" --help | grep -oE '(^|[ ,[|])(--[a-z][a-z-]*|-[a-zA-Z])' | tr -d ' ,[|' | sort -u |
        sed "s/^/$command /" >>"$work/options"
done <"$work/commands"
sed -n 's/^\([a-z][a-z_.-]*\):.*## .*/\1/p' Makefile >"$work/targets"
touch "$work/options"

bad=0
for document in $("$here/files" text | grep '\.md$'); do
    awk -v commands="$work/commands" -v options="$work/options" -v targets="$work/targets" '
    BEGIN {
        while ((getline line < commands) > 0) command[line] = 1
        while ((getline line < options) > 0) option[line] = 1
        while ((getline line < targets) > 0) target[line] = 1
    }
    function refuse(why) { print FILENAME ":" FNR ": " why; bad = 1 }
    # A line as it would be typed.
    function typed(text,    word, n, i) {
        sub(/^ *(\$ +|# +)?/, "", text)
        sub(/^(sudo )?(\.\/)?(build\/[a-z]+\/)?/, "", text)
        sub(/ (&&|;|\||#) .*/, "", text)
        n = split(text, word, / +/)
        if (word[1] == "make" && n > 1) {
            for (i = 2; i <= n; i++)
                if (word[i] ~ /^[a-z][a-z-]*$/ && !target[word[i]]) refuse("make has no target \"" word[i] "\"")
            return
        }
        if (word[1] != "bugforbug" || word[2] !~ /^[a-z]+$/) return
        if (!command[word[2]]) { refuse("there is no command \"" word[2] "\""); return }
        for (i = 3; i <= n && word[i] != "--"; i++) {
            gsub(/[][,.]|\.\.\./, "", word[i]); sub(/=.*/, "", word[i])
            if (word[i] ~ /^-/ && !option[word[2] " " word[i]]) refuse(word[2] " has no option \"" word[i] "\"")
        }
    }
    /^ *```/ { fenced = !fenced; next }
    fenced || /^    / { typed($0); next }
    { n = split($0, part, "`"); for (i = 2; i <= n; i += 2) typed(part[i]) }
    END { exit bad }' "$document" || bad=1
done
exit "$bad"
