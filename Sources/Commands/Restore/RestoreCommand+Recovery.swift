import Identity
import Operations
import Primitives
import Strategy

/// A PostgreSQL server to a point in time instead of files.
extension RestoreCommand {
    func recover(_ session: Session) throws -> Outcome {
        let request = try recoveryRequest(session)
        let permits = try session.permits(RestoreAction.self, in: repositoryOptions)
        let opened = try session.reading(repositoryOptions, keys, for: "Recovering", by: RestoreAction.self)
        let observer = ProgressObserver(doing: "restore", session)
        defer { observer.finish() }
        let report = try Recover.run(
            permit: { try permits(.only([request.component])) }, opened: opened, request: request,
            surroundings: session.surroundings, observer: observer)
        observer.finish()
        show(report, request, session.output)
        return .done
    }

    private func recoveryRequest(_ session: Session) throws -> RecoveryRequest {
        let component = try recoveredComponent()
        var request = RecoveryRequest(
            component: component, target: try recovery.target, fetchWords: try fetchWords(component, session))
        guard !recovery.targetExclusive || request.target.canBeExcluded else {
            throw Failure(
                .usage, "--target-exclusive says nothing about \(request.target.words).",
                advice: "It goes with --target-time, --target-lsn and --target-xid.")
        }
        guard request.target != .end || recovery.targetAction == nil || recovery.targetAction == .promote else {
            throw Failure(
                .usage, "At the end of what is archived a server does not pause or shut down: it is promoted.",
                advice: "Leave --target-action out, or name a target.")
        }
        request.host = moment.host
        let asked = try moment.request([component]).moment
        request.moment = moment.setTime != nil || moment.at != nil ? asked : nil
        request.isInclusive = !recovery.targetExclusive
        request.timeline = try recovery.timeline
        request.action = recovery.targetAction ?? .pause
        request.directory = try target.map { try session.text(try session.absolute($0)) }
        request.isInPlace = recovery.inPlace
        request.mappings = try recovery.mappings()
        for mapping in request.mappings { _ = try session.absolute(mapping.target) }
        (request.isRehearsal, request.isTried, request.waitsForMedium) = (dryRun, verify, sync)
        request.programs = try recovery.serverPrograms.map {
            try session.reliable(try session.text(try session.absolute($0)), "The folder of a server's programs")
        }
        return request
    }

    private func recoveredComponent() throws -> String {
        let named = component + [snapshot].compactMap { $0 }
        guard named.count == 1, let name = named.first, !allComponents else {
            throw Failure(
                .usage, "A recovery is of one component, and \(named.isEmpty ? "none was" : "several were") named.",
                advice: "Name the component that has the base backups, with --component NAME.")
        }
        guard selection.isEmpty, !strip, overwrite == .ifChanged else {
            throw Failure(
                .usage, "A recovery is of a whole server: paths, --strip and --overwrite do not go with it.",
                advice: "Leave them out. Files of a base backup are restored without the options of a recovery.")
        }
        return name
    }

    /// What a server calls to get a file of the archive. It has no environment of ours, and nobody who could be asked.
    private func fetchWords(_ component: String, _ session: Session) throws -> [String] {
        var words = [
            session.surroundings.program, "wal", "get", "--component", component, "--repository",
            try session.location(repositoryOptions),
        ]
        func file(_ path: String) throws -> String { try session.text(try session.absolute(path)) }
        switch try session.key(keys, for: "Recovering") {
        case .passphraseFile(let path): words += ["--passphrase-file", try file(path)]
        case .recipientFile(let path): words += ["--recipient-file", try file(path)]
        case .shareFiles(let paths): words += try paths.flatMap { ["--share-file", try file($0)] }
        case .terminal:
            throw Failure(
                .passphraseMissing, "A server that recovers opens the archive itself, and cannot type a passphrase.",
                advice: "Give a key that lies in a file which the server's user may read, with --recipient-file.")
        }
        return words
    }

    // MARK: - Showing

    private func show(_ report: RecoveryReport, _ request: RecoveryRequest, _ output: Output) {
        if output.json {
            output.record("summary") { object in
                object.set("operation", "recover")
                object.set("outcome", "complete")
                object.set("dry_run", request.isRehearsal)
                report.fill(&object, request)
            }
        } else if !output.quiet {
            output.lines(report.lines(request))
        }
    }
}

extension RecoveryReport {
    fileprivate func fill(_ object: inout JSONObject, _ request: RecoveryRequest) {
        object.set("component", component)
        object.set("snapshot", snapshot.id.hex)
        object.set("point", target.words)
        if let directory = request.directory { object.set("target", path: Array(directory.utf8)) }
        object.set("timeline", UInt64(plan.timeline))
        object.set("start_position", startPosition)
        object.set("stop_position", stopPosition)
        object.set("first_segment", plan.first)
        object.set("last_segment", plan.last)
        object.set("segments", plan.segments)
        object.set("missing_segment", plan.gap)
        object.set("base_bytes", baseBytes)
        object.set("log_bytes", logBytes)
        if let proof {
            object.set("reached_position", proof.position)
            object.set("last_commit", proof.lastCommit)
            object.set("databases", proof.databases)
            object.set("tables", proof.tables)
            object.set("rows", proof.rows)
            object.set("indexes_checked", proof.areIndexesChecked)
        }
        if let written {
            object.set("files", written.files)
            object.set("files_same", written.filesSame)
            object.set("bytes", written.bytes)
            object.set("removed", written.removed)
        }
        object.set("elapsed_seconds", seconds: seconds)
    }

    fileprivate func lines(_ request: RecoveryRequest) -> [String] {
        var lines = [
            request.isRehearsal
                ? "Nothing was changed. A recovery of '\(component)' to \(target.words) would take:"
                : "Recovery of '\(component)' to \(target.words):",
            "  base backup \(Text.short(snapshot.id)) of \(ended) (\(Text.size(baseBytes))), timeline \(baseTimeline), consistent from \(stopPosition) on",
            "  log \(plan.first) to \(plan.last) at most (\(Text.counted(plan.segments, "segment", "segments")), \(Text.size(logBytes))), along timeline \(plan.timeline)",
        ]
        if let gap = plan.gap { lines.append("  the segment \(gap) behind it is missing") }
        if let proof { lines += Self.lines(of: proof) }
        if let written, let directory = request.directory {
            lines.append(
                "  restored into \(directory): \(Text.counted(written.files, "file", "files")), \(Text.size(written.bytes)) written"
                    + (request.isInPlace
                        ? "; \(Text.counted(written.filesSame, "file was", "files were")) as they should be, \(written.removed) removed"
                        : ""))
            lines.append("  took \(Text.duration(seconds))")
            lines.append(Self.advice(directory, request))
        }
        return lines
    }

    private static func lines(of proof: RecoveryProof) -> [String] {
        [
            "  verified: a server reached \(proof.position)"
                + (proof.lastCommit.map { ", the last commit in it is of \($0)" } ?? ""),
            "  verified: every row of \(Text.counted(proof.tables, "table", "tables")) in \(Text.counted(proof.databases, "database", "databases")) was read (\(Text.counted(proof.rows, "row", "rows")))",
            proof.areIndexesChecked
                ? "  verified: pg_amcheck found no damage in indexes and tables"
                : "  indexes were not looked into: pg_amcheck and the extension amcheck are not installed here",
        ] + (proof.stop.map { ["  the server said: \($0)"] } ?? [])
    }

    private static func advice(_ directory: String, _ request: RecoveryRequest) -> String {
        let start =
            "Start the server on \(directory), 'pg_ctl -D \(directory) start' for example: it recovers by itself"
        guard request.target != .end else { return start + ", and is promoted at the end." }
        return switch request.action {
        case .pause:
            start + ", and waits at the point, to be read. 'select pg_wal_replay_resume()' promotes it."
        case .promote: start + ", and is promoted at the point."
        case .shutdown: start + ", and shuts down at the point."
        }
    }
}
