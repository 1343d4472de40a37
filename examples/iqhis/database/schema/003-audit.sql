set search_path = iqhis;

create table audit_log (
    position bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    line jsonb not null
);
revoke update, delete, truncate on audit_log from public;
