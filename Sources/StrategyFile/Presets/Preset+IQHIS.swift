extension Preset {
    static let iqhisText = #"""
        # What is protected, when, where it is kept, and who is told: the backup strategy of this project.
        #
        #   safehold strategy check      looks for mistakes in this file
        #   safehold strategy explain    says in sentences what it means, with the next due times
        #   safehold run                 carries it out once
        #   safehold daemon              carries it out for good
        #
        # Paths are relative to this file. Secrets do not belong here: give the names of files that hold them.
        # Every key is described in docs/strategy.md.

        # The version of this layout.
        strategy: 1
        # Names exports: PROJECT_backup_TIMESTAMP.tar.gz
        project: iqhis
        # In which all times below are meant.
        timezone: UTC
        # Where the sources of components lie.
        root: .

        # What components have that say nothing else.
        defaults:
          schedule:
            # Every byte is read again, whatever the file system claims has not changed.
            full: daily at 00:00
            # Files that did not change are recognised without reading them.
            incremental: every 4h
          # Seven days, four weeks, twelve months, and seven years for the regulators.
          retention: {daily: 7, weekly: 4, monthly: 12, yearly: 7}
          # How old the newest backup may become, and how long a restore may take. Longer than the time between two
          # backups, so that a backup may take its time.
          objectives: {rpo: 6h, rto: 4h}

        components:
          # 1. System architecture documents, requirements specifications, risk analysis documents, regulatory
          #    compliance documents, design control documents, training materials.
          documentation:
            kind: documentation
            sources: [docs]
          # 2. Agent implementations, service implementations, utility scripts, test suites.
          source:
            kind: source
            sources: [src]
            exclude: ["*.o", "__pycache__/", ".build/", "node_modules/"]
          # 3. Docker configurations, environment configurations, CI/CD pipeline settings, security configurations,
          #    Infrastructure as Code files. Backed up on every change, and with the others.
          configuration:
            kind: configuration
            sources: [config]
            criticality: high
            schedule:
              full: daily at 00:00
              incremental: every 4h
              change: on-change
          # 4. Schema definitions, reference data, configuration data, audit logs.
          database:
            kind: database
            sources: [database]
            criticality: high
            schedule:
              full: every 6h
            objectives: {rpo: 8h, rto: 2h}
            # From the server itself, in place of 'sources', all parts of one moment (docs/databases.md):
            # postgresql:
            #   database: iqhis
            #   service: iqhis
            #   selections: {schema: {contents: schema}, reference-data: {tables: ['ref.*']}, audit-logs: {schemas: [audit]}}
            # Commands around the reading, each a list of words that no shell reads. What 'freeze' dumps or holds still
            # is read, and 'thaw' follows however that ends:
            # hooks:
            #   freeze: [pg_dump, --format=tar, --file=/srv/iqhis/database/iqhis.tar, iqhis]
            #   thaw: [rm, -f, /srv/iqhis/database/iqhis.tar]
            #   timeout: 30min
          # 5. Public key configurations, security policies, access control lists, audit configurations.
          security:
            kind: security
            sources: [security]
            criticality: critical
          # 6. Test configurations, test datasets, performance test data, security test data.
          test-data:
            kind: test-data
            sources: [test-data]
            criticality: low
            objectives: {rpo: 1d, rto: 1d}
          # 7. Package requirements, lock files, version specifications, build configurations.
          dependencies:
            kind: dependencies
            sources: [dependencies]

        # Everything in them is encrypted (AES-256-GCM, with keys that quantum computers do not break) before it leaves
        # this host, and goes over TLS 1.3.
        stores:
          # Encrypted cloud storage with versions, object lock and access logs ('safehold storage check' asks for them).
          primary:
            role: primary
            site: headquarters
            # For a first try, beside this file. In earnest, a bucket:
            # location: s3://iqhis-backup/safehold?endpoint=https://s3.eu-central-1.amazonaws.com&region=eu-central-1
            location: backup/primary
            # none, governance or compliance: whether the bucket keeps anybody from removing backups too early.
            immutability: none
          # A geographically separate copy.
          secondary:
            role: secondary
            site: second-site
            copy-of: primary
            schedule: every 6h
            # In earnest, at another place:
            # location: sftp://backup@vault.hospital.example/srv/safehold
            location: backup/secondary
          # Media that are written, taken out, and kept away from any network ('safehold media').
          offline:
            role: offline
            site: bank-vault
            copy-of: primary
            schedule: monthly on 1 at 08:00

        upkeep:
          # Objects and signatures are checked.
          verify: weekly on sunday at 03:00
          # Dropping what no rule keeps takes a key, which a host that is backed up should not hold. On another host:
          # forget: daily at 05:00
          # collect: weekly on sunday at 05:30
          # passphrase-file: /etc/safehold/passphrase

        # Fill in how they are reached: 'email' (one or a list), 'webhook' or 'command'.
        contacts:
          # Primary contacts.
          backup-administrator: {email: backup-administrator@hospital.example}
          security-lead: {email: security-lead@hospital.example}
          technical-lead: {email: technical-lead@hospital.example}
          compliance-officer: {email: compliance-officer@hospital.example}
          # Emergency contacts.
          support: {email: support-24-7@hospital.example}
          security-team: {email: security-team@hospital.example}
          database-team: {email: database-team@hospital.example}
          infrastructure-team: {email: infrastructure-team@hospital.example}

        notifications:
          mail:
            server: smtps://mail.hospital.example:465
            from: safehold@hospital.example
            # user: safehold
            # password-file: /etc/safehold/mail-password
          # Who is told of what, from which severity on (info, warning, error, critical). Every route that fits is taken.
          routes:
            - {from: warning, to: [backup-administrator]}
            - {from: error, to: [technical-lead]}
            - {from: error, events: [store, copy], to: [infrastructure-team]}
            - {from: error, events: [hook], to: [database-team]}
            - {from: warning, events: [verify, strategy], to: [security-lead]}
            - {from: info, events: [review, drill], to: [backup-administrator, compliance-officer]}
            - {from: info, events: [success], to: [backup-administrator, compliance-officer]}
            - {from: critical, to: [security-lead, compliance-officer, support]}
          # Who is told too when nobody has acknowledged for so long ('safehold notify acknowledge').
          escalation:
            - {from: error, after: 1h, to: [support, infrastructure-team]}
            - {from: critical, after: 15min, to: [support, security-team, database-team, infrastructure-team]}
          # What is less bad is gathered, and told once in so long.
          digest: {below: error, every: 1h}
          # What went well is told as well, so that silence is alarming.
          success-report: weekly on monday at 07:00
          # Somebody outside who raises the alarm when this host says nothing any more:
          # dead-man: {url-file: /etc/safehold/dead-man-url, every: 15min}
          # Figures for Prometheus:
          # metrics: {textfile: /var/lib/prometheus/node-exporter/safehold.prom, listen: "127.0.0.1:9464"}

        # What people look at again, and when.
        reviews:
          success-rate:
            schedule: monthly on 1 at 08:00
            owners: [backup-administrator]
          recovery-testing:
            schedule: quarterly on 1 at 08:00
            owners: [backup-administrator, technical-lead]
          strategy:
            schedule: half-yearly on 1 at 08:00
            owners: [technical-lead, security-lead]
          compliance-audit:
            schedule: yearly on 01-15 at 08:00
            owners: [compliance-officer]

        # Rehearsals of recovery, of all components where none are named.
        drills:
          restore-test:
            schedule: monthly on 2 at 02:00
          disaster-recovery:
            schedule: quarterly on 3 at 02:00
          full-system:
            schedule: yearly on 02-01 at 02:00

        """#
}
