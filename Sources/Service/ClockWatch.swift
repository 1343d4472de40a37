import Audit
import Operations
import Primitives
import Strategy

/// Follows the audit log, where each entry has this host's clock, the clock that nobody can set, and what stores' clocks said: tells of a clock that was
/// set, of one that differs from a store's, and of a log that is not what it was (21 CFR 11.10(e)).
struct ClockWatch {
    /// As much may clocks be apart, or be corrected, without anybody having to know.
    private static let (jump, difference) = (Duration.seconds(60), Duration.seconds(300))
    /// So long it is open that a clock was set.
    private static let lasting = Duration.seconds(86_400)
    /// Where nothing was looked at yet, the entries before this daemon count as well, up to so many.
    private static let past: UInt64 = 256

    /// How many entries were looked at; nil before the first look.
    private var seen: UInt64?
    private var last: AuditMoment?
    /// The newest that each store's clock said, as far as it is told.
    private var differing: [String: Bool] = [:]
    /// When it was told last that the clock was set.
    private var jumped: ContinuousClock.Instant?
    private var isDamaged: Bool?

    /// What is new since the last look.
    mutating func look(_ place: AuditPlace, at now: Timestamp) -> [News] {
        var news: [News] = seen == nil ? ClockNews.calm : []
        if let jumped, jumped.duration(to: .now) > Self.lasting {
            self.jumped = nil
            news += ClockNews.calm
        }
        do {
            news += try follow(place, at: now)
            if isDamaged != false { news.append(.right(ClockNews.log)) }
            isDamaged = false
        } catch {
            let failure = error.asFailure
            guard failure.code.class == .integrity, isDamaged != true else { return news }
            isDamaged = true
            news.append(.wrong(ClockNews.damaged(failure, at: now)))
        }
        return news
    }

    private mutating func follow(_ place: AuditPlace, at now: Timestamp) throws -> [News] {
        guard place.isBegun, let size = try AuditHead.read(place)?.count, size != seen else { return [] }
        let book = try AuditBook(place)
        // One that was begun anew is looked at from its beginning.
        let first = seen.flatMap { $0 <= book.count ? $0 : nil } ?? book.count - min(book.count, Self.past)
        var news: [News] = []
        try book.forEach(from: first) { _, bytes in
            guard let moment = try? AuditEntry(parsing: bytes).moment else { return }
            news += take(moment, at: now)
        }
        seen = book.count
        return news
    }

    mutating func take(_ moment: AuditMoment, at now: Timestamp) -> [News] {
        defer { last = moment }
        var news: [News] = []
        let isOld = now > moment.time.later(by: Self.lasting)
        if let by = last.map({ moment.jump(since: $0) }), !isOld, by >= Self.jump || by <= .zero - Self.jump {
            jumped = .now
            news.append(.wrong(ClockNews.jumped(by, at: now)))
        }
        for store in moment.stores {
            let name = store.name.description
            let isDifferent = Duration.milliseconds(abs(store.ahead)) > Self.difference
            guard differing[name] != isDifferent else { continue }
            differing[name] = isDifferent
            news.append(
                isDifferent
                    ? .wrong(ClockNews.differs(name, ahead: .milliseconds(store.ahead), at: now))
                    : .right(ClockNews.key(of: name)))
        }
        return news
    }
}

extension AuditMoment {
    /// By how much the clock that can be set went ahead of the one that cannot, since another entry; below zero where it was set back.
    fileprivate func jump(since earlier: AuditMoment) -> Duration {
        let passed = Duration.nanoseconds(time.nanoseconds) - .nanoseconds(earlier.time.nanoseconds)
        // How long the host stood still only the other clock tells; that time went back by then, each of them.
        guard boot == earlier.boot else { return min(.zero, passed) }
        return passed - .microseconds(Int64(clamping: uptime)) + .microseconds(Int64(clamping: earlier.uptime))
    }
}

/// What is told of clocks.
enum ClockNews {
    private static let (back, forward) = ("clock/back", "clock/forward")
    /// That nobody has set it lately.
    static let calm: [News] = [.right(back), .right(forward)]
    static let log = "audit-log"
    static func key(of store: String) -> String { "clock/\(store)" }

    static func jumped(_ by: Duration, at now: Timestamp) -> Event {
        let isBack = by < .zero
        let text = DurationText.text(.seconds(abs(by.components.seconds)))
        return Event(
            .clockJumped, isBack ? back : forward, isBack ? .error : .warning, at: now,
            "This host's clock was set \(isBack ? "back" : "forward") by \(text).",
            advice:
                "Check the host's time synchronisation, and who may set its clock. 'safehold audit show' has both clocks of each entry."
        )
    }

    static func differs(_ store: String, ahead: Duration, at now: Timestamp) -> Event {
        let text = DurationText.text(.seconds(abs(ahead.components.seconds)))
        return Event(
            .clockDiffers, key(of: store), .error, at: now,
            "The clock of the store \(store) is \(text) \(ahead < .zero ? "behind" : "ahead of") this host's.",
            advice: "Compare both with a third clock, and check the time synchronisation of whichever is wrong.")
    }

    static func damaged(_ failure: Failure, at now: Timestamp) -> Event {
        Event(
            .daemonTrouble, log, .critical, at: now, failure.message,
            meaning: "Until it is known what happened, nothing more is done on this host.", advice: failure.advice)
    }
}
