-- Events and their versions. Rows are only ever added.
create schema iqhis;
set search_path = iqhis;

create table ward (code text primary key, name text not null, beds int not null check (beds > 0));

create table event (
    id bigint generated always as identity primary key,
    created_at timestamptz not null default now()
);

create table event_version (
    id bigint not null references event,
    version int not null check (version > 0),
    ward text not null references ward,
    happened_at timestamptz not null,
    harm char(1) not null check (harm between 'A' and 'I'),
    text text not null,
    reporter text,
    primary key (id, version)
);

create table proposal (
    id bigint not null references event,
    version int not null default 1,
    category text not null,
    priority int not null check (priority between 1 and 3),
    reasons text[] not null,
    primary key (id, version)
);

create rule no_update as on update to event_version do instead nothing;
create rule no_delete as on delete to event_version do instead nothing;
create index event_version_by_time on event_version (happened_at);
