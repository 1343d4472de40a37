import Capture
import Primitives
import RepositoryEngine
import Storage
import WriteAheadLog

/// Has a server send its log, connection after connection, and hands whole segments to the pusher.
final class LogReceiver {
    private let request: ReceiveLog.Request
    private let means: ReceiveLog.Means
    private let pusher: LogPusher
    private var pause = BackOff()
    /// Until there is one: a slot that somebody removes later is not made again by itself.
    private var makesSlot: Bool
    /// A hole of which was told what is missing, and the first segment behind that.
    private var told: (hole: ClosedRange<UInt64>, next: UInt64)?
    private var toldStanding: LogSlot.Standing?

    init(_ request: ReceiveLog.Request, _ means: ReceiveLog.Means, _ pusher: LogPusher) {
        (self.request, self.means, self.pusher) = (request, means, pusher)
        makesSlot = request.makesSlot
    }

    func run() throws {
        while true {
            do {
                if try receive() { return }
            } catch let failure as Failure {
                try proceed()
                guard !request.isOnce, failure.mayPass else { throw failure }
                if !pause.hasBegun { means.news(.trouble(failure)) }
                try wait(pause.next())
            }
        }
    }

    /// Throws where it is to end.
    private func proceed() throws {
        guard !means.isCancelled() else { throw Failure.interrupted }
        try pusher.check()
    }

    private func wait(_ milliseconds: Int) throws {
        for _ in 0..<max(1, milliseconds / 100) {
            try proceed()
            pusher.waitForRoom(milliseconds: 100)
        }
    }

    static func failure(_ failure: StreamFailure, _ request: ReceiveLog.Request) -> Failure {
        Failure(failure, about: "The log of '\(request.component)' cannot be received")
    }

    private func ask<R>(_ body: () throws(StreamFailure) -> R) throws -> R {
        do { return try body() } catch { throw Self.failure(error, request) }
    }

    // MARK: One connection

    /// False where it is to be done again, from further on.
    private func receive() throws -> Bool {
        // What is remembered is read before the server is asked: what is archived meanwhile only comes again.
        let intake = try LogIntake(component: request.component, store: try means.openStore(), state: means.state)
        let server = try ask(means.connect)
        defer { server.close() }
        let identity = server.identity
        try intake.admit(system: identity.systemIdentifier)
        let slot = try slot(server)
        let history = try history(of: identity.timeline, server, intake.folder)
        let plan = LogResumption(
            archived: intake.memory.segments.union(pusher.segments), history: history, restart: slot.restart,
            position: identity.position, size: identity.segmentSize)
        let stream = LogStream(
            request, means, pusher, server, folder: intake.folder, slot: slot,
            begun: { [self] in
                if pause.hasBegun { means.news(.goesOn) }
                pause = BackOff()
            }, look: { [self] in try look() })
        // What the slot does not keep may be there all the same.
        let first = plan.hole.map { $0 == told?.hole ? told?.next ?? $0.lowerBound : $0.lowerBound } ?? plan.first
        do {
            try stream.run(from: first, plan)
            return true
        } catch let failure as Failure where failure.code == .walGap && !stream.hasBegun && first < plan.first {
            try tellGap(in: plan, from: first)
            return false
        }
    }

    /// Finds where the server's log begins behind a segment that it no longer has, and tells what is missing.
    private func tellGap(in plan: LogResumption, from first: UInt64) throws {
        guard let hole = plan.hole else { return }
        let next = try LogResumption.firstKept(in: first + 1..<hole.upperBound + 1) { number in
            try proceed()
            let server = try ask(means.connect)
            defer { server.close() }
            let (position, timeline) = plan.beginning(number)
            return try ask { () throws(StreamFailure) in try server.has(position, on: timeline) }
        }
        told = (hole, next > hole.upperBound ? plan.first : next)
        means.news(.gap(gap(first...next - 1, plan)))
    }

    private func gap(_ hole: ClosedRange<UInt64>, _ plan: LogResumption) -> Failure {
        let (first, last) = (plan.name(hole.lowerBound), plan.name(hole.upperBound))
        return Failure(
            .walGap,
            "The server no longer has \(hole.count == 1 ? "\(first)" : "\(first) to \(last)"), and nobody archived it.",
            advice:
                "Make a new base backup now: from its end on any moment can be reached again. What comes after the gap is archived."
        )
    }

    private func slot(_ server: any LogServer) throws -> LogSlot {
        if let slot = try ask({ () throws(StreamFailure) in try server.slot(request.slot) }) {
            makesSlot = false
            try judge(slot)
            return slot
        }
        guard makesSlot else {
            throw Self.failure(.missingSlot(request.slot), request)
        }
        try ask { () throws(StreamFailure) in try server.createSlot(request.slot) }
        makesSlot = false
        means.news(.madeSlot)
        guard let slot = try ask({ () throws(StreamFailure) in try server.slot(request.slot) }) else {
            throw Self.failure(.missingSlot(request.slot), request)
        }
        return slot
    }

    /// How it stands with the slot while another connection is in use. Where that cannot be told, that one will notice.
    private func look() throws {
        guard let server = try? means.connect(), let slot = try? server.slot(request.slot) else { return }
        try judge(slot)
    }

    /// Says how it stands with the slot, once each time that it changes.
    private func judge(_ slot: LogSlot) throws {
        if slot.standing == .lost { throw Self.failure(.lostSlot(request.slot), request) }
        guard slot.standing != toldStanding else { return }
        toldStanding = slot.standing
        let lag = slot.lag.map { " \($0 >> 20) MiB of log wait for it." } ?? ""
        switch slot.standing {
        case .unreserved?:
            means.news(
                .remark(
                    "The server is about to remove log that the slot '\(request.slot)' needs: it is beyond max_slot_wal_keep_size.\(lag)"
                ))
        case .extended?:
            means.news(
                .remark("The server keeps more log than max_wal_size for the slot '\(request.slot)'.\(lag)"))
        case .reserved?, .lost?, nil: break
        }
    }

    /// The history of the server's timeline. Its file goes into the archive before anything of the timeline does.
    private func history(of timeline: UInt32, _ server: any LogServer, _ folder: String) throws -> TimelineHistory {
        guard timeline > 1 else { return TimelineHistory(timeline: timeline) }
        let content = try ask { () throws(StreamFailure) in try server.history(of: timeline) }
        guard let history = TimelineHistory(timeline: timeline, text: String(decoding: content, as: UTF8.self)) else {
            throw Self.failure(
                StreamFailure(
                    .failed, "What the server has of the history of timeline \(timeline) is none.",
                    advice: "Look at its pg_wal."), request)
        }
        let file = try ReceivedFile(.history(timeline: timeline), folder: folder)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        pusher.add(LogPusher.Arrival(file: file), of: server.identity.systemIdentifier)
        return history
    }
}
