import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What the doctor looks at in a repository that opened.
struct RepositoryExamination: Sendable {
    let repository: Repository
    let surroundings: Surroundings
    let cleaning: Bool

    private static let littleSpace: Int64 = 1 << 30
    private static let longAgo: Int64 = 7 * 86_400
    private static let tolerance: Int64 = 120

    func findings() -> [Doctor.Finding] {
        [identity(), writable(), space()].compactMap { $0 } + [leftovers(), history()].compactMap { $0 } + snapshots()
            + recipients()
    }

    private func identity() -> Doctor.Finding {
        do {
            let identity = try surroundings.hostState.identity(for: repository)
            try repository.requireStanding(of: identity.id)
            let path = surroundings.hostState.identityPath(of: repository.id)
            var status = sh_stat()
            if sh_statx(AT_FDCWD, path, &status) == 0, status.mode & 0o077 != 0 {
                return Doctor.Finding(
                    .warning, "Others can read this host's identity \(path).", advice: "chmod 600 \(path)")
            }
            return Doctor.Finding(
                .fine, "This host is the certified writer \(identity.id.hex.prefix(8)) ('\(identity.host)').")
        } catch let failure as Failure where failure.code == .identityMissing {
            return Doctor.Finding(.note, failure.message, advice: failure.advice)
        } catch {
            return Doctor.finding(error)
        }
    }

    /// Nil where only a write would show it, and nothing can be taken away again.
    private func writable() -> Doctor.Finding? {
        guard repository.store.directory != nil else { return nil }
        do {
            let staged = try repository.store.stage()
            staged.abandon()
            return Doctor.Finding(.fine, "\(repository.store.location) can be written to.")
        } catch {
            return Doctor.finding(error)
        }
    }

    private func space() -> Doctor.Finding? {
        guard let directory = repository.store.directory, case let free = sh_free_bytes(directory), free >= 0 else {
            return nil
        }
        let gibibytes = "\(free >> 30) GiB"
        guard free >= Self.littleSpace else {
            return Doctor.Finding(
                .warning, "Only \(free >> 20) MiB are free where the repository is.",
                advice: "Make room before the next backup.")
        }
        return Doctor.Finding(.fine, "\(gibibytes) are free where the repository is.")
    }

    /// Temporary files of runs that are no more. Those of a running one are locked and stay.
    private func leftovers() -> Doctor.Finding? {
        // Only in a directory do they stay.
        guard let directory = repository.store.directory else { return nil }
        guard cleaning else {
            let count = Self.entries(of: directory + "/tmp")
            guard count > 0 else { return nil }
            return Doctor.Finding(
                .note,
                "\(count) unfinished objects lie in tmp/: of a backup that runs now, or of one that was cut off.",
                advice:
                    "They are not part of the repository; 'safehold doctor --clean' removes those that belong to nobody."
            )
        }
        do {
            return Doctor.Finding(
                .fine, "\(try repository.store.removeAbandoned()) unfinished objects were removed from tmp/.")
        } catch {
            return Doctor.finding(error)
        }
    }

    private static func entries(of directory: String) -> Int {
        guard let stream = opendir(directory) else { return 0 }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            // "." and ".." begin with a dot; objects never do.
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }

    /// Whether the repository is older than this host has seen it, which the next backup would refuse.
    private func history() -> Doctor.Finding? {
        do {
            let identity = try surroundings.hostState.identity(for: repository)
            let pinned = HostCaches.pinnedTip(
                in: surroundings.hostState.folder(of: repository.id), cacheKey: identity.cacheKey)
            guard pinned.sequence > 0 else { return nil }
            _ = try repository.tip(of: identity, pinned: pinned)
            return Doctor.Finding(
                .fine, "This host's snapshots are there up to number \(pinned.sequence), the newest that it knows of.")
        } catch let failure as Failure where failure.code == .rollback {
            return Doctor.Finding(failure)
        } catch {
            // A host without an identity has seen nothing; a damaged record is told with the snapshots.
            return nil
        }
    }

    private func snapshots() -> [Doctor.Finding] {
        do {
            let catalog = try SnapshotCatalog(repository: repository)
            var findings = (catalog.problems + catalog.intrusions).map { Doctor.Finding($0) }
            guard let newest = catalog.committed.last else {
                return findings + [Doctor.Finding(.note, "There is no snapshot yet.")]
            }
            let age = (surroundings.clock.now().nanoseconds - newest.record.time.nanoseconds).dividedFloor(
                by: 1_000_000_000)
            if age < -Self.tolerance {
                findings.append(
                    Doctor.Finding(
                        .warning,
                        "The newest snapshot is of \(newest.record.time), which by this host's clock is yet to come.",
                        advice:
                            "Set the clock right on this host, or on the one that wrote it; backups go on in any case.")
                )
            } else if age > Self.longAgo {
                findings.append(
                    Doctor.Finding(
                        .warning, "The newest snapshot is \(age / 86_400) days old.",
                        advice: "Check that backups are still being made."))
            } else {
                findings.append(
                    Doctor.Finding(
                        .fine, "The newest of \(catalog.committed.count) snapshots is of \(newest.record.time)."))
            }
            return findings
        } catch {
            return [Doctor.finding(error)]
        }
    }

    private func recipients() -> [Doctor.Finding] {
        let openers = repository.keyring.activeRecipients.filter { $0.powers.contains(.opens) }
        guard openers.count < 2 else {
            return [Doctor.Finding(.fine, "\(openers.count) recipients can open the backups.")]
        }
        return [
            Doctor.Finding(
                .note, "Only '\(openers.first?.label ?? "nobody")' can open the backups.",
                advice:
                    "If that key is lost, all is lost: add a second one with 'safehold keys add' or 'safehold keys escrow'."
            )
        ]
    }
}
