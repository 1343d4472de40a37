import Primitives

extension MetricFamily {
    static let components: [MetricFamily] = [
        MetricFamily(
            name: "safehold_component_state", kind: .gauge,
            help: "1 for the state that a component is in, 0 for the others."
        ) { snapshot in
            snapshot.components.flatMap { component in
                MetricsSnapshot.State.allCases.map { state in
                    Sample(
                        labels: [("component", component.name), ("kind", component.kind), ("state", state.rawValue)],
                        value: component.state == state ? 1 : 0)
                }
            }
        },
        perComponent("safehold_backup_running", "1 while the component is being backed up.") { component, _ in
            component.isRunning ? 1 : 0
        },
        perComponent("safehold_backup_last_success_time_seconds", "When the newest good backup was begun.") {
            component, _ in component.lastSuccess?.seconds
        },
        perComponent("safehold_backup_last_attempt_time_seconds", "When the newest backup was begun, good or not.") {
            component, _ in component.lastAttempt?.seconds
        },
        perComponent("safehold_backup_next_due_time_seconds", "When the next backup is due.") { component, _ in
            component.nextDue?.seconds
        },
        perComponent("safehold_backup_age_seconds", "Age of the newest good backup when these numbers were taken.") {
            component, now in component.lastSuccess.map { max(0, now.seconds - $0.seconds) }
        },
        perComponent("safehold_backup_objective_seconds", "How old the newest good backup may become.") {
            component, _ in component.objective
        },
        perComponent("safehold_backup_snapshots", "Snapshots that exist.") { component, _ in
            component.snapshots.map { Double($0) }
        },
        perComponent("safehold_backup_last_duration_seconds", "How long the newest run took.") { component, _ in
            component.last.seconds
        },
        perComponent("safehold_backup_last_files", "Files in the newest run's snapshot.") { component, _ in
            component.last.files.map { Double($0) }
        },
        perComponent("safehold_backup_last_size_bytes", "Bytes in the newest run's snapshot.") { component, _ in
            component.last.bytes.map { Double($0) }
        },
        perComponent("safehold_backup_last_read_bytes", "Bytes that the newest run read.") { component, _ in
            component.last.bytesRead.map { Double($0) }
        },
        perComponent("safehold_backup_last_new_bytes", "Bytes that were new in the newest run.") { component, _ in
            component.last.bytesNew.map { Double($0) }
        },
        perComponent("safehold_backup_last_stored_bytes", "Bytes that the newest run added to the store.") {
            component, _ in component.last.bytesStored.map { Double($0) }
        },
        perComponent("safehold_backup_last_problems", "Entries that the newest run left out or could not read whole.") {
            component, _ in component.last.problems.map { Double($0) }
        },
        MetricFamily(
            name: "safehold_backup_runs_total", kind: .counter, help: "Runs that came to an end, by outcome."
        ) { snapshot in
            snapshot.components.flatMap { component in
                component.runs.sorted { $0.key < $1.key }.map { outcome, count in
                    Sample(
                        labels: [("component", component.name), ("kind", component.kind), ("outcome", outcome)],
                        value: Double(count))
                }
            }
        },
    ]

    static let logs: [MetricFamily] = [
        perComponent(
            "safehold_wal_archived_time_seconds", "When the newest part of the server's write-ahead log was archived."
        ) { component, _ in component.log.archived?.seconds },
        perComponent(
            "safehold_wal_archived_age_seconds",
            "How long ago the newest part of the server's write-ahead log was archived when these numbers were taken."
        ) { component, now in component.log.archived.map { max(0, now.seconds - $0.seconds) } },
        perComponent(
            "safehold_wal_archived_position_bytes",
            "Where the archived write-ahead log ends, in bytes from its beginning."
        ) { component, _ in component.log.position.map { Double($0) } },
        perComponent(
            "safehold_wal_slot_lag_bytes", "Bytes of write-ahead log that the server keeps for the replication slot."
        ) { component, _ in component.log.slotLag.map { Double($0) } },
    ]

    static let stores: [MetricFamily] = [
        perStore("safehold_store_reachable", "1 where the store answered when it was last asked.") {
            $0.isReachable.map { $0 ? 1 : 0 }
        },
        perStore("safehold_copy_last_replication_time_seconds", "When the copy was last brought up to date.") {
            $0.lastReplication?.seconds
        },
        perStore("safehold_copy_lag_seconds", "How much older the copy's newest snapshot is than its primary's.") {
            $0.lagSeconds
        },
        perStore("safehold_copy_lag_snapshots", "Snapshots that the copy lacks.") {
            $0.lagSnapshots.map { Double($0) }
        },
        perStore("safehold_store_last_verification_time_seconds", "When the store was last verified.") {
            $0.lastVerification?.seconds
        },
        perStore("safehold_store_damaged_objects", "Objects that the last verification found damaged or missing.") {
            $0.damagedObjects.map { Double($0) }
        },
    ]
}
