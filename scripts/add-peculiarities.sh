#!/usr/bin/env bash
# add-peculiarities.sh DIR: gives a copy of the sample what a version control system cannot carry but a backup must:
# hard and symbolic links, holes, a FIFO, attributes, ACLs, odd names, unusual modes and times.
set -euo pipefail
cd "$1"

ln docs/requirements/user-requirements.md docs/latest-requirements.md
ln -s ../docs/architecture/system-architecture.md src/ARCHITECTURE
ln -s /nonexistent/shared-drive docs/shared-drive
mkfifo src/services/lab-feed.fifo
truncate -s 48M test-data/performance/sparse-extent.bin
printf 'the only data between two holes' | dd of=test-data/performance/sparse-extent.bin bs=1M seek=24 conv=notrunc status=none
printf 'A name in Latin-1, from an old file server.\n' >"docs/$(printf 'Pr\374fprotokoll')-1998.txt"
printf 'A name that is as long as names can be.\n' >"test-data/$(printf 'n%.0s' $(seq 255))"
printf 'A name with a line break and a blank at its end.\n' >"test-data/$(printf 'two\nlines ')"
: >test-data/empty-file
mkdir test-data/empty-folder
touch -d '1969-07-20 20:17:40.123456789 UTC' docs/architecture/glossary.md
chmod 0400 security/acl/roles.yaml
chmod 1777 test-data/empty-folder
# Not every file system takes these two; the rest of the demonstration does not depend on them.
setfattr -n user.classification -v 'controlled document' docs/requirements/user-requirements.md 2>/dev/null || true
setfacl -m u:nobody:r security/policies/access-control.md 2>/dev/null || true
