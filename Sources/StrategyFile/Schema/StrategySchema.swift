import Primitives
import Strategy

/// The JSON Schema of strategy files. It helps while typing: it knows keys and forms, not which names there are elsewhere in the file.
package enum StrategySchema {
    /// Ends with a line break.
    package static var text: String {
        let head: [(String, JSON)] = [
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")), ("title", .text("Safehold strategy")),
        ]
        return Shape(head + top.members.map { ($0.name, $0.value) }).json.indented() + "\n"
    }

    private static let schedule = Shape.text.described("Such as 'every 4h' or 'daily at 00:00'; docs/schedules.md")
    private static let path = Shape.text.described("Relative to this file, or absolute")
    private static let people = Shape.texts.described("Names or roles of contacts")
    private static let severity = Shape.words(Severity.allCases.map(\.rawValue))

    private static var top: Shape {
        .group([
            ("strategy!", Shape([("enum", .list([.number(1), .text("1")]))]).described("The version of this layout")),
            ("project!", Shape.text.described("Names exports: PROJECT_backup_TIMESTAMP.tar.gz")),
            (
                "timezone",
                Shape.text.described("In which schedules are meant, such as Europe/Berlin; UTC where it is missing")
            ),
            (
                "root",
                Shape.text.described("Where relative sources lie; the directory of this file where it is missing")
            ),
            ("defaults", defaults), ("stores!", .named(store)), ("components!", .named(component)), ("upkeep", upkeep),
            ("contacts", .named(contact)), ("notifications", notifications),
            ("reviews", .named(.group([("schedule!", schedule), ("owners", people)]))),
            (
                "drills",
                .group(
                    DrillPlan.Kind.allCases.map {
                        ($0.rawValue, .group([("schedule!", schedule), ("components", .texts)]))
                    })
            ),
            ("emergency", emergency),
        ])
    }

    private static let emergency = Shape.group([
        (
            "services",
            .named(
                .group([
                    ("stop!", .command), ("start!", .command),
                    ("check", Shape.command.described("Ends with status 0 where the service is well")),
                    ("components", Shape.texts.described("Whose data it works with; all where it is missing")),
                    ("needs", Shape.texts.described("Services that have to run before")),
                ]))
        ),
        ("isolate", Shape.named(.command).described("Programs that cut systems off and withdraw credentials")),
    ])

    private static let jobs = Shape.group(
        BackupJob.Mode.allCases.map { ($0.rawValue, Shape.list(of: schedule)) })

    private static let retention = Shape.any(
        .words(RetentionPolicy.presets.keys.sorted()),
        .group([("last", .count), ("daily", .count), ("weekly", .count), ("monthly", .count), ("yearly", .count)]))

    private static let objectives = Shape.group([
        ("rpo", Shape.duration.described("How old the newest backup may become")),
        ("rto", Shape.duration.described("How long a restore may take")),
    ])

    private static let criticality = Shape.words(ComponentPlan.Criticality.allCases.map(\.rawValue))

    private static let defaults = Shape.group([
        ("schedule", jobs), ("retention", retention), ("criticality", criticality), ("objectives", objectives),
        ("store", .text), ("exclude", .texts),
    ])

    private static let component = Shape.group([
        ("kind!", .words(ComponentKind.allCases.map(\.rawValue))), ("sources", .list(of: path)),
        ("streams", .list(of: stream)), ("postgresql", .list(of: database)), ("sqlite", .list(of: sqlite)),
        ("base-backup", baseBackup),
        ("exclude", Shape.texts.described("Lines as in .gitignore")), ("exclude-caches", .flag),
        ("one-file-system", .flag), ("personal-data", .flag),
        (
            "delta",
            Shape.flag.described(
                "Whether what changed in large files is stored as the difference to the version before; true where it is missing and the kind is database"
            )
        ),
        ("criticality", criticality), ("schedule", jobs), ("retention", retention), ("objectives", objectives),
        (
            "hooks",
            .group([
                ("freeze", .command), ("thaw", .command), ("after", .command), ("timeout", .duration),
                ("longest-freeze", .duration),
            ])
        ),
        (
            "health",
            Shape.command.described("Says whether the application can use a restored copy: ends with 0 where it can")
        ),
        ("store", .text),
    ])

    private static let stream = Shape.group([
        ("file!", Shape.text.described("How what is printed is called in backups")), ("command!", .command),
        ("restore", Shape.command.described("Gets the file on its standard input, to bring it back")),
        ("check", Shape.command.described("Gets the file on its standard input; ends with 0 where it is whole")),
        ("patience", Shape.duration.described("How long it may print nothing")),
    ])

    private static let database = Shape.group([
        ("database!", .text), ("service", Shape.text.described("Of libpq's connection service file")), ("host", .text),
        ("port", .count), ("user", .text), ("password-file", path),
        ("programs", Shape.text.described("The directory of pg_dump")), ("whole", .flag),
        ("selections", .named(selection)), ("globals", .flag), ("row-counts", .flag), ("patience", .duration),
    ])

    private static let baseBackup = Shape.group([
        ("database", Shape.text.described("Asked for names of relations; postgres where it is missing")),
        ("service", Shape.text.described("Of libpq's connection service file")), ("host", .text), ("port", .count),
        ("user", .text), ("password-file", path),
        ("checkpoint", .words(BaseBackupPlan.Checkpoint.allCases.map(\.rawValue))),
        ("wal", .words(BaseBackupPlan.Log.allCases.map(\.rawValue))),
        (
            "slot",
            Shape.text.described(
                "The replication slot by which the daemon receives the server's log; none where it is missing")
        ),
        (
            "data-directory",
            Shape.text.described("Where the server's data directory lies on this host, to be read there")
        ), ("patience", .duration),
    ])

    private static let sqlite = Shape.group([
        ("path!", path),
        ("file", Shape.text.described("How it is called in backups; its own name where it is missing")),
        ("integrity-check", .flag),
    ])

    private static let selection = Shape.group([
        ("schemas", .texts), ("tables", .texts), ("exclude-tables", .texts),
        ("contents", .words(PostgresPlan.Selection.Contents.allCases.map(\.rawValue))),
    ])

    private static let store = Shape.group([
        ("role!", .words(StorePlan.Role.allCases.map(\.rawValue))), ("site!", .text),
        ("location", Shape.text.described("A directory, or s3://…, sftp://…, rclone:…; none for offline media")),
        ("copy-of", .text), ("schedule", schedule),
        ("immutability", .words(StorePlan.Immutability.allCases.map(\.rawValue))),
    ])

    private static let upkeep = Shape.group([
        ("verify", schedule), ("forget", schedule), ("collect", schedule), ("passphrase-file", path),
        ("recipient-file", path),
    ])

    private static let contact = Shape.group([
        ("roles", .texts), ("email", .texts), ("webhook", .group([("url!", .text), ("secret-file!", path)])),
        ("command", .command),
    ])

    private static let notifications = Shape.group([
        (
            "mail",
            .group([
                ("server!", Shape.text.described("smtps://HOST:PORT, or smtp://HOST:PORT with STARTTLS")),
                ("from!", .text), ("user", .text), ("password-file", path), ("authority-file", path),
            ])
        ),
        ("authority-file", path),
        ("routes", .list(of: .group([("from!", severity), ("to!", people), ("events", .texts)]))),
        ("escalation", .list(of: .group([("from!", severity), ("after!", .duration), ("to!", people)]))),
        ("digest", .group([("below", severity), ("every", .duration)])), ("success-report", schedule),
        ("dead-man", .group([("url", .text), ("url-file", path), ("every!", .duration)])),
        ("metrics", .group([("textfile", path), ("listen", .text), ("certificate-file", path), ("key-file", path)])),
    ])
}
