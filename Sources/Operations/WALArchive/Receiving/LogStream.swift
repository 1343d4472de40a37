import Capture
import Primitives
import WriteAheadLog

/// The log as it comes over one connection.
final class LogStream {
    private static let reportInterval = Duration.seconds(10)
    private static let patience = Duration.seconds(60)
    private static let lookInterval = Duration.seconds(60)

    private let request: ReceiveLog.Request
    private let means: ReceiveLog.Means
    private let pusher: LogPusher
    private let server: any LogServer
    private let folder: String
    private let begun: () -> Void
    private let look: () throws -> Void
    private let clock = ContinuousClock()
    private var reported: ContinuousClock.Instant
    private var heard: ContinuousClock.Instant
    private var looked: ContinuousClock.Instant
    /// What the slot is known to keep its log from.
    private var confirmed: LogSequenceNumber
    /// All before is archived, as this host remembers; nil where that is not so.
    private var remembered: LogSequenceNumber?
    private var isHeard = false
    /// Whether any of the log came.
    private(set) var hasBegun = false

    /// `begun` is called when the server says anything, `look` now and then while nothing can be taken from it.
    init(
        _ request: ReceiveLog.Request, _ means: ReceiveLog.Means, _ pusher: LogPusher, _ server: any LogServer,
        folder: String, slot: LogSlot, begun: @escaping () -> Void, look: @escaping () throws -> Void
    ) {
        (self.request, self.means, self.pusher, self.server) = (request, means, pusher, server)
        (self.folder, self.begun, self.look) = (folder, begun, look)
        confirmed = slot.restart ?? LogSequenceNumber(0)
        (reported, heard, looked) = (clock.now, clock.now, clock.now)
    }

    private var identity: LogServerIdentity { server.identity }

    /// Receives from the beginning of a segment on. Returns when what was whole at the beginning is archived, where that is asked for.
    func run(from number: UInt64, _ plan: LogResumption) throws {
        // Everything between the slot and what is asked for is archived, where nothing before the slot is asked for.
        if number == plan.first { remembered = plan.beginning(number).position }
        var (position, timeline) = plan.beginning(number)
        while let turn = try follow(timeline, from: position) {
            try takeHistory(turn.timeline)
            // The new timeline's first segment has the end of the old one, too.
            position = LogSequenceNumber(turn.position.value / identity.segmentSize.bytes * identity.segmentSize.bytes)
            timeline = turn.timeline
        }
    }

    /// Where the next timeline begins; nil when all is done that was to be done.
    private func follow(_ timeline: UInt32, from position: LogSequenceNumber) throws -> LogTurn? {
        try ask { () throws(StreamFailure) in
            try server.start(slot: request.slot, at: position, timeline: timeline)
        }
        means.news(.receiving(from: SegmentName(timeline: timeline, at: position, size: identity.segmentSize)))
        var assembly = SegmentAssembly(timeline: timeline, at: position, size: identity.segmentSize, folder: folder)
        try report(assembly.position)
        while true {
            guard !means.isCancelled() else { throw Failure.interrupted }
            try pusher.check()
            try reportIfDue(assembly.position)
            if try isDone(assembly.position) { return nil }
            if pusher.isFull(identity.segmentSize) {
                pusher.waitForRoom(milliseconds: 500)
                heard = clock.now
                try lookIfDue()
                continue
            }
            if let turn = try take(&assembly) { return turn }
        }
    }

    /// The server keeps more and more of its log meanwhile.
    private func lookIfDue() throws {
        guard clock.now - looked >= Self.lookInterval else { return }
        looked = clock.now
        try look()
    }

    /// Whether that was all, where only what was whole at the beginning is wanted.
    private func isDone(_ position: LogSequenceNumber) throws -> Bool {
        let size = identity.segmentSize.bytes
        guard request.isOnce, position.value >= identity.position.value / size * size else { return false }
        while !pusher.isIdle {
            guard !means.isCancelled() else { throw Failure.interrupted }
            try pusher.check()
            pusher.waitForRoom(milliseconds: 500)
            try reportIfDue(position)
        }
        try report(position)
        return true
    }

    private func take(_ assembly: inout SegmentAssembly) throws -> LogTurn? {
        switch try ask({ () throws(StreamFailure) in try server.next(waiting: 500) }) {
        case .waiting:
            guard clock.now - heard < Self.patience else {
                throw LogReceiver.failure(
                    StreamFailure(
                        .unreachable, "The server said nothing for \(Self.patience).",
                        advice: "Is the network there? It is tried again."), request)
            }
        case .alive(_, let wantsReport):
            hear()
            if wantsReport { try report(assembly.position) }
        case .log(let position, let bytes):
            hear()
            hasBegun = true
            for file in try assembly.take(bytes, at: position) {
                guard case .segment(let name) = file.name,
                    let end = name.next(identity.segmentSize)?.start(
                        identity.segmentSize)
                else { continue }
                pusher.add(LogPusher.Arrival(file: file, end: end), of: identity.systemIdentifier)
            }
        case .ended(let turn?):
            hear()
            // A server that archives by itself archives this, too, with what its file happened to have behind the end.
            if let partial = try assembly.end(), !identity.archives {
                pusher.add(LogPusher.Arrival(file: partial), of: identity.systemIdentifier)
            }
            return turn
        case .ended(nil):
            throw LogReceiver.failure(
                StreamFailure(
                    .unreachable, "The server shut down.", advice: "It is tried again until the server is back."),
                request)
        }
        return nil
    }

    private func hear() {
        heard = clock.now
        guard !isHeard else { return }
        isHeard = true
        begun()
    }

    private func takeHistory(_ timeline: UInt32) throws {
        let content = try ask { () throws(StreamFailure) in try server.history(of: timeline) }
        let file = try ReceivedFile(.history(timeline: timeline), folder: folder)
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        pusher.add(LogPusher.Arrival(file: file), of: identity.systemIdentifier)
    }

    // MARK: What the server is told

    private func reportIfDue(_ position: LogSequenceNumber) throws {
        guard durable != nil || clock.now - reported >= Self.reportInterval else { return }
        try report(position)
    }

    /// News for the slot: nothing that is not in the repository counts, and the slot never goes back.
    private var durable: LogSequenceNumber? {
        [remembered, pusher.durable].compactMap { $0 }.max().flatMap { $0 > confirmed ? $0 : nil }
    }

    private func report(_ position: LogSequenceNumber) throws {
        let durable = durable
        try ask { () throws(StreamFailure) in try server.report(received: position, durable: durable) }
        if let durable { confirmed = durable }
        reported = clock.now
    }

    private func ask<R>(_ body: () throws(StreamFailure) -> R) throws -> R {
        do { return try body() } catch { throw LogReceiver.failure(error, request) }
    }
}
