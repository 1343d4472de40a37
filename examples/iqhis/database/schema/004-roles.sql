create role iqhis_intake nologin;
create role iqhis_read nologin;
create role iqhis_review nologin;
grant usage on schema iqhis to iqhis_intake, iqhis_read, iqhis_review;
grant insert on iqhis.event, iqhis.event_version to iqhis_intake;
grant select on iqhis.indicator, iqhis.period, iqhis.ward to iqhis_read;
alter table iqhis.event_version enable row level security;
create policy own_department on iqhis.event_version for select to iqhis_review
    using (ward in (select ward from iqhis.reviewer_ward where reviewer = current_user));
