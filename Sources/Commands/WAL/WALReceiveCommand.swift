import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy
import WriteAheadLog

struct WALReceiveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "receive",
        abstract: "Archive a server's write-ahead log as it is written, by a replication slot.",
        discussion: """
            Connects to the server that the strategy names for the component, and archives each segment as soon as it is whole. The server
            keeps its log until it is durable and committed in the repository; the slot remembers up to where it is. Goes on until it is
            interrupted: a server or a repository that is away is waited for. 'safehold daemon' does the same for components with a 'slot'.

            A slot that nobody reads fills the server's disk, so one is made only when that is asked for, once:

              safehold wal receive --component cluster --create-slot
              safehold wal receive --component cluster
              safehold wal receive --component cluster --drop-slot
            """)

    @Option(name: .long, help: ArgumentHelp("The component whose log it is.", valueName: "name"))
    var component: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The replication slot. Default: the component's 'slot' in the strategy, or safehold_ and its name.",
            valueName: "name"))
    var slot: String?

    @Flag(name: .long, help: "Make the slot where there is none.")
    var createSlot = false

    @Flag(name: .long, help: "Remove the slot, and do nothing else.")
    var dropSlot = false

    @Flag(name: .long, help: "End when every segment that is whole now is archived, and at the first failure.")
    var once = false

    @OptionGroup var place: LogPlaceOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !dropSlot || !(createSlot || once) else {
            throw ValidationError("--drop-slot goes with neither --create-slot nor --once.")
        }
        guard slot.map(BaseBackupPlan.isSlotName) ?? true else {
            throw ValidationError("--slot takes lower-case letters, digits and '_', 63 at most.")
        }
    }

    var isOfHost: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let location = try session.logLocation(component, place)
        let plan = try server(session)
        let surroundings = session.surroundings
        var request = ReceiveLog.Request(
            component: component, slot: slot ?? plan.slot ?? BaseBackupPlan.usualSlot(of: component),
            host: surroundings.host, user: surroundings.user, software: Program.software)
        (request.makesSlot, request.isOnce) = (createSlot, once)
        let means = ReceiveLog.Means(
            surroundings, of: component, location: location, server: plan.server,
            isCancelled: surroundings.terminal.isInterrupted,
            news: { [output = session.output] in output.show($0) })
        if dropSlot {
            try ReceiveLog.dropSlot(permit: try means.permit(), request, means)
            show(ReceiveLog.Summary(), request, session.output)
            return .done
        }
        let summary = try ReceiveLog.run(request, means)
        show(summary, request, session.output)
        return summary.gaps == 0 ? .done : .damaged
    }

    /// How the component's server is reached.
    private func server(_ session: Session) throws -> BaseBackupPlan {
        guard let plan = try session.strategy(place.strategyOptions).strategy.logServer(of: component) else {
            throw Failure(
                .usage, "The component '\(component)' is no PostgreSQL server.",
                advice: "Name one with 'base-backup' in the strategy.")
        }
        return plan
    }

    private func show(_ summary: ReceiveLog.Summary, _ request: ReceiveLog.Request, _ output: Output) {
        if output.json {
            output.record("summary") { object in
                object.set("operation", "wal-receive")
                object.set("outcome", summary.gaps == 0 ? "complete" : "damaged")
                object.set("component", component)
                object.set("slot", request.slot)
                object.set("slot_created", summary.madeSlot)
                object.set("slot_dropped", dropSlot)
                object.set("timeline", UInt64(summary.timeline))
                object.set("segments", summary.segments)
                object.set("snapshots", summary.snapshots)
                object.set("position", summary.position?.description)
                object.set("gaps", summary.gaps)
                object.set("bytes", summary.bytes)
                object.set("bytes_stored", summary.storedBytes)
            }
        } else if !output.quiet {
            output.line(
                dropSlot
                    ? "The slot '\(request.slot)' is removed."
                    : "\(Text.counted(summary.segments, "segment", "segments")) archived, \(Text.size(summary.bytes)).")
        }
    }
}

extension Output {
    /// What happens while a log is received.
    fileprivate func show(_ news: LogNews) {
        switch news {
        case .madeSlot: if verbose { line("The slot is made.") }
        case .receiving(let segment): if verbose { line("The server sends its log from \(segment) on.") }
        case .archived(let receipt): show(receipt)
        case .trouble(let failure): warning("\(failure.message) It is tried again.")
        case .goesOn: if !json, !quiet { message("safehold: It goes on.") }
        case .gap(let failure): found(failure)
        case .remark(let text): warning(text)
        }
        flush()
    }

    private func show(_ receipt: LogReceipt) {
        if json {
            record("wal-archived") { object in
                object.set("files", .list(receipt.files.map { .text($0) }))
                object.set("snapshot", receipt.backup?.snapshot.hex)
                object.set("position", receipt.position?.description)
                object.set("bytes", receipt.backup?.contentBytes ?? 0)
                object.set("bytes_stored", receipt.backup?.storedBytes ?? 0)
            }
        } else if verbose {
            let files = receipt.files.joined(separator: ", ")
            line(receipt.backup == nil ? "\(files) was archived before." : "Archived \(files).")
        }
    }
}
