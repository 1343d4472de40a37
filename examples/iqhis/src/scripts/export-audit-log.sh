#!/bin/sh
# export-audit-log.sh YYYY-MM: writes the month's audit log as JSON lines and checks its chain.
set -eu
month=${1:?usage: export-audit-log.sh YYYY-MM}
psql --no-psqlrc --tuples-only --no-align --dbname iqhis \
    --command "select line from audit_log where at >= '$month-01' and at < date '$month-01' + interval '1 month' order by position" \
    > "database/audit-log/$month.jsonl"
python3 -m services.audit_log "database/audit-log/$month.jsonl"
