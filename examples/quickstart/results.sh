#!/bin/sh
# The first rows of every result of the quickstart.
cd "$(dirname "$0")/.flink-sql/results" || exit 1
for dir in */; do
  # Rows appear with the first checkpoint after they were written.
  for _ in $(seq 60); do
    first=$(find "$dir" -type f ! -name '.*' -size +0 | sort | head -n 1)
    [ -n "$first" ] && break
    sleep 1
  done
  echo
  echo "results/${dir%/}"
  [ -n "$first" ] && head -n 5 "$first"
done
