#!/bin/sh
# lock-period.sh YYYY-MM: locks a reporting period. What is locked is never opened again.
set -eu
month=${1:?usage: lock-period.sh YYYY-MM}
psql --no-psqlrc --set ON_ERROR_STOP=1 --set month="$month-01" --dbname iqhis <<'SQL'
select lock_period(:'month'::date);
SQL
