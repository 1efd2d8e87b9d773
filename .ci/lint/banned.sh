#!/bin/sh
# Functions that cannot be used safely, and what only the outermost layer may do: end the process, write to standard output.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
# shellcheck disable=SC2046 # no blanks in our file names
"$here/code" $("$here/files" c) | awk -F: '
function refuse(why) { print $1 ":" $2 ": " why; bad = 1 }
# True where the code calls one of the functions (a|b|c): not a longer name, not a member.
function calls(names) { return match(code, "(^|[^A-Za-z0-9_.>])(" names ")[ \t]*\\(") }
function called() {
    name = substr(code, RSTART, RLENGTH); gsub(/[^A-Za-z0-9_]/, "", name)
    return name
}
{
    code = $0; sub(/^[^:]*:[^:]*:/, "", code)
    in_t = $1 ~ /(^|\/)t\//
    if (calls("strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf|gets")) refuse(called() ": use buf_* or snprintf")
    if (calls("strtok|strtok_r|strsep")) refuse(called() ": use span_*")
    if (calls("atoi|atol|atoll|atof|sscanf|scanf|fscanf")) refuse(called() ": notices no error; use strtol and its kin")
    if (!in_t && calls("system|popen")) refuse(called() ": runs a shell; use fork and exec")
    if (calls("alloca|tmpnam|tempnam|mktemp")) refuse(called() ": cannot be used safely")
    if (calls("localtime|gmtime|ctime|asctime|strerror_r")) refuse(called() ": use the reentrant one, or %m")
    if (in_t || $1 == "bugforbug.c") next
    if (calls("exit|abort|assert|err|errx|perror")) refuse(called() ": nothing under a command ends the process")
    if ($1 ~ /(^|\/)cmd_[a-z0-9_]*\.c$/ || $1 ~ /^reports\// || $1 ~ /^recorder\/base\/opts\.c$/) next
    if (calls("printf|vprintf|puts|putchar")) refuse(called() ": only commands and reports write to standard output")
    if (code ~ /\([^;]*[^A-Za-z0-9_.>]stdout[ \t]*[,)]/ || code ~ /\(stdout[ \t]*[,)]/)
        refuse("stdout: only commands and reports write to standard output")
}
END { exit bad }'
