#!/bin/sh
# The first rows of every result of the quickstart.
cd "$(dirname "$0")" || exit 1
# Every directory that a table writes to: it is there once the first rows are.
sed -n "s|^ *'path' = '.*/\(\.flink-sql/results/[^']*\)'.*|\1|p" tables/*.sql | while read -r dir; do
  # Rows appear with the first checkpoint after they were written.
  for _ in $(seq 60); do
    first=$(find "$dir" -type f ! -name '.*' -size +0 2>/dev/null | sort | head -n 1)
    [ -n "$first" ] && break
    sleep 1
  done
  echo
  echo "${dir#.flink-sql/}"
  if [ -n "$first" ]; then
    head -n 5 "$first"
    # The watermark of tables/flights.sql lags one day, so the newest windows stay open.
    if [ "${dir##*/}" = departures-per-hour ]; then
      echo "(the last day's windows are still open: the watermark is one day behind, and waits for later flights)"
    fi
  else
    echo "(no rows after a minute; bin/submitter status says how the job is)"
  fi
done
