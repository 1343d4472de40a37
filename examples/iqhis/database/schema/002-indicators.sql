set search_path = iqhis;

create table period (month date primary key, locked_at timestamptz, locked_by text);
create table patient_days (month date not null references period, ward text not null references ward, days int not null, primary key (month, ward));
create table indicator (
    month date not null references period,
    ward text not null references ward,
    name text not null,
    value numeric(8, 2),
    primary key (month, ward, name)
);

create function lock_period(which date) returns void language sql as $$
    update period set locked_at = now(), locked_by = current_user where month = which and locked_at is null
$$;
