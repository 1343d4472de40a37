import ArgumentParser
import Identity
import Operations
import Primitives

struct VerifyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that the repository is whole, and name what is not.",
        discussion: """
            With a key: signatures, chains, listings, and that every chunk of every snapshot is there; with --read-data every stored
            byte is read, decrypted and compared. With a maintainer's key: that every reference of every snapshot opens and leads to
            chunks that are in packs; content and listings are not opened. Without one: signatures, chains, and that every object is there in its size; with
            --read-data that its bytes are the ones that its name was made of. Damage is named with the files it affects.

            What was proven, and when, is remembered by this host. --budget and --minutes read a part, what was never proven or is longest
            proven first, and go on there the next time; --sample reads so many objects at random, of which 4603 find damage of one in a
            thousand with 99 %. --spend bounds what the reading costs. With a key that part is decrypted, without one its bytes are compared with their names. --status says how much is
            proven, and what is overdue: everything is to be proven within 90 days.

              safehold verify
              safehold verify --read-data --json
              safehold verify --without-key --read-data
              safehold verify --without-key --budget 50GiB --minutes 60
              safehold verify --without-key --spend 2.50 --prices examples/prices/aws-s3-standard.txt
              safehold verify --status
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(name: .long, help: "Read every stored byte.")
    var readData = false

    @Flag(name: .long, help: "Check only what can be checked without a key, and ask for none.")
    var withoutKey = false

    @Option(name: .long, help: ArgumentHelp("Read so much, what was proven longest ago first.", valueName: "size"))
    var budget: String?

    @Option(name: .long, help: ArgumentHelp("Begin reading nothing more after so long.", valueName: "number"))
    var minutes: Double?

    @Option(name: .long, help: ArgumentHelp("Spend so much on it, by the prices of --prices.", valueName: "amount"))
    var spend: Double?

    @Option(
        name: .long, help: ArgumentHelp("What the store's provider asks for reading.", valueName: "file"),
        completion: .file())
    var prices: String?

    @Option(name: .long, help: ArgumentHelp("Read so many objects at random.", valueName: "number"))
    var sample: Int?

    @Flag(name: .long, help: "Say how much is proven, and read nothing.")
    var status = false

    func validate() throws {
        guard minutes.map({ $0 > 0 && $0 < 1e6 }) ?? true else { throw ValidationError("--minutes is above 0.") }
        guard sample.map({ $0 > 0 }) ?? true else { throw ValidationError("--sample is a number above 0.") }
        guard (spend == nil) == (prices == nil), spend.map({ $0 > 0 && $0 < 1e12 }) ?? true else {
            throw ValidationError("--spend is an amount above 0, and goes with --prices FILE.")
        }
        guard sample == nil || budget == nil && spend == nil else {
            throw ValidationError("--sample goes with neither --budget nor --spend.")
        }
        guard !readData || (budget ?? prices ?? minutes.map { _ in "" } ?? sample.map { _ in "" }) == nil else {
            throw ValidationError(
                "--read-data reads everything: leave it out with --budget, --minutes, --spend and --sample.")
        }
    }

    private func chosenBudget(_ session: Session) throws -> VerifyOptions.Budget? {
        guard budget != nil || minutes != nil || sample != nil || spend != nil else { return nil }
        var chosen = ProofBudget(
            bytes: try budget.map { try Quantity.bytes($0, "--budget") }, seconds: minutes.map { $0 * 60 },
            sample: sample)
        if let spend, let prices {
            let table = try ForecastCost.prices(
                permit: try session.permit(VerifyAction.self, in: repositoryOptions),
                file: try session.text(try session.absolute(prices)))
            chosen.spending = ProofBudget.Spending(spend, at: table)
        }
        return .given(chosen)
    }

    func run(_ session: Session) throws -> Outcome {
        if status { return try showStatus(session) }
        let output = session.output
        let permit = try session.permit(VerifyAction.self, in: repositoryOptions)
        let repository = try session.repository(repositoryOptions)
        let source = withoutKey ? nil : try keys.source(session.surroundings)
        let opener = try source.map { try repository.unlock($0, terminal: session.surroundings.terminal) }
        let observer = ProgressObserver(doing: "verify", session)
        defer { observer.finish() }
        var options = VerifyOptions(readData: readData, scratch: session.surroundings.scratch)
        (options.budget, options.proofs) = (try chosenBudget(session), session.surroundings.hostState)
        options.clock = session.surroundings.clock
        let report = try Verify.run(
            permit: permit, repository: repository, opener: opener, options: options, observer: observer)
        observer.finish()
        for finding in report.findings { show(finding, output) }
        for note in report.notes where output.json {
            output.record("finding") { object in
                object.set("severity", "note")
                object.set("message", note)
            }
        }
        if output.json {
            output.record("summary") { report.fill(&$0) }
        } else {
            if output.verbose { for note in report.notes { output.line("note: " + note) } }
            if !output.quiet { output.lines(report.lines) }
        }
        return report.isIntact ? .done : .damaged
    }

    private func showStatus(_ session: Session) throws -> Outcome {
        let proven = try ReadProofs.run(
            permit: try session.permit(VerifyAction.self, in: repositoryOptions),
            repository: try session.repository(repositoryOptions), state: session.surroundings.hostState,
            clock: session.surroundings.clock)
        if session.output.json {
            session.output.record("proof-status") { proven.fill(&$0) }
        } else {
            session.output.lines(proven.lines)
        }
        return proven.isWhole ? .done : .partial
    }

    private func show(_ finding: VerifyFinding, _ output: Output) {
        guard output.json else { return output.lines(finding.lines) }
        func record(_ more: (inout JSONObject) -> Void) {
            output.record("finding") { object in
                object.set("severity", "damage")
                object.set("code", Failure.Code.objectDamaged.rawValue)
                object.set("message", finding.message)
                object.set("object", finding.object)
                more(&object)
            }
        }
        if finding.snapshots.isEmpty, finding.files.isEmpty { record { _ in } }
        for snapshot in finding.snapshots { record { $0.set("snapshot", snapshot.hex) } }
        for file in finding.files {
            record {
                $0.set("path", path: file)
                if let version = finding.intact[file] {
                    $0.set("intact_snapshot", version.snapshot.hex)
                    $0.set("intact_time", version.time)
                }
            }
        }
    }
}

extension VerifyFinding {
    /// A problem of no object in particular is a sentence already.
    var message: String { object.isEmpty ? problem : "\(object) \(problem)." }

    var lines: [String] {
        var lines = ["DAMAGE: \(message)"]
        if !snapshots.isEmpty { lines.append("  snapshots: " + snapshots.map(Text.short).joined(separator: ", ")) }
        lines += files.map { file in
            let version = intact[file].map { "; whole in \(Text.short($0.snapshot)) of \(Text.time($0.time))" }
            return "  file: " + Text.printable(file) + (version ?? "")
        }
        if fileCount > UInt64(files.count) {
            lines.append("  and \(Text.counted(fileCount - UInt64(files.count), "further file", "further files"))")
        }
        if lostEntries > 0 {
            lines.append("  and \(Text.counted(lostEntries, "entry", "entries")) whose names cannot be read")
        }
        return lines
    }
}

extension VerifyReport {
    private var affectedFiles: UInt64 { findings.reduce(0) { $0 + $1.fileCount + $1.lostEntries } }

    func fill(_ object: inout JSONObject) {
        object.set("operation", "verify")
        object.set("outcome", "complete")
        object.set("read_data", readData)
        object.set("used_keys", usedKeys)
        object.set("structure_only", structureOnly)
        object.set("snapshots", snapshots)
        object.set("objects", objects)
        object.set("packs", packs)
        object.set("chunks", chunks)
        object.set("bytes_read", bytesRead)
        object.set("entries", listedEntries)
        object.set("findings", findingCount)
        object.set("files_affected", affectedFiles)
        if let proven {
            object.set("objects_proven", proven.bytesProven.objects)
            object.set("objects_unproven", proven.never.objects + proven.overdue.objects)
        }
        object.set("elapsed_seconds", seconds: seconds)
    }

    var lines: [String] {
        var lines: [String] = []
        if findingCount > UInt64(findings.count) {
            lines.append(
                "and \(Text.counted(findingCount - UInt64(findings.count), "further finding", "further findings"))")
        }
        lines.append(
            "Checked \(Text.counted(snapshots, "snapshot", "snapshots")), \(Text.counted(objects, "object", "objects")), "
                + "\(Text.counted(packs, "pack", "packs"))"
                + (chunks > 0 ? ", \(Text.counted(chunks, "chunk", "chunks"))" : "")
                + (bytesRead > 0 ? ", \(Text.size(bytesRead)) read" : "") + " in \(Text.duration(seconds)).")
        if structureOnly {
            lines.append(
                "With a maintainer's key: every reference was followed. That content opens and is what its name says, and listings, were not looked at."
            )
        }
        if !usedKeys { lines.append("Without a key: content and names were not looked at.") }
        if !readData { lines.append("Not every stored byte was read: --read-data does that.") }
        if let proven, !proven.isWhole { lines.append(proven.lines[0]) }
        lines.append(
            isIntact ? "All is intact." : "\(Text.counted(findingCount, "finding", "findings")): not all is intact.")
        return lines
    }
}

extension ProofStatus {
    func fill(_ object: inout JSONObject) {
        object.set("objects", all.objects)
        object.set("bytes", all.bytes)
        object.set("objects_proven", bytesProven.objects)
        object.set("bytes_proven", bytesProven.bytes)
        object.set("objects_proven_by_content", contentProven.objects)
        object.set("bytes_proven_by_content", contentProven.bytes)
        object.set("objects_never_proven", never.objects)
        object.set("bytes_never_proven", never.bytes)
        object.set("objects_overdue", overdue.objects)
        object.set("bytes_overdue", overdue.bytes)
        if let oldest { object.set("oldest_proof", oldest) }
    }

    var lines: [String] {
        func amount(_ amount: Amount) -> String {
            "\(Text.counted(amount.objects, "object", "objects")) (\(Text.size(amount.bytes)))"
        }
        var lines = [
            "Within 90 days \(amount(bytesProven)) of \(amount(all)) were proven to have their bytes, \(amount(contentProven)) also to decrypt to what their ids say."
        ]
        if never.objects > 0 { lines.append("Never proven: \(amount(never)).") }
        if overdue.objects > 0 { lines.append("Overdue: \(amount(overdue)).") }
        if let oldest { lines.append("The oldest proof is of \(Text.time(oldest)) UTC.") }
        return lines
    }
}
