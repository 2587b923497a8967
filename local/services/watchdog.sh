#!/bin/sh
# Kills process groups when its standard input ends, that is when whoever started it is gone, however that came about.
# Lines in: "+ PID" a group to kill, "- PID" no longer. The groups' own signals (Ctrl-C) must not end it first.
trap '' INT TERM HUP
groups=' '
while read -r what pid; do
  case $what in
    +) groups="$groups$pid " ;;
    -) groups=$(printf '%s' "$groups" | sed "s/ $pid / /") ;;
  esac
done
for pid in $groups; do
  # Spelled so that dash understands it.
  kill -s KILL -- "-$pid" 2>/dev/null
done
