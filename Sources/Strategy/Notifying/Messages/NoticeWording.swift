import Primitives

/// What a message says, before it is laid out as text or as a page.
struct NoticeWording: Sendable, Equatable {
    struct Section: Sendable, Equatable {
        var title: String
        var lines: [String]
    }

    /// One of the things that it tells.
    struct Matter: Sendable, Equatable {
        var mark: String
        var isOver: Bool
        var severity: Severity
        var heading: String
        /// Why one is told, where it is not the first time.
        var reason: String?
        var sections: [Section]
        var document: Event.Document?
    }

    var subject: String
    var severity: Severity
    var matters: [Matter]
    /// Behind everything: how to answer, who sends.
    var closing: [String]

    init(_ notice: Notice, _ sender: MessageSender) {
        severity = notice.severity
        // The worst first; of equals the first first.
        let items = notice.items.enumerated().sorted { x, y in
            let ranks = (Self.rank(x.element), Self.rank(y.element))
            return ranks.0 == ranks.1 ? x.offset < y.offset : ranks.0 > ranks.1
        }.map(\.element)
        matters = items.map { $0.matter(at: notice.made) }
        subject = "[\(sender.project)] " + Self.summary(matters)
        let open = items.filter { $0.ended == nil }.compactMap(\.incident)
        closing = Self.closing(open, notice, sender)
    }

    private static func rank(_ item: Notice.Item) -> Int {
        item.ended == nil ? 1 + (Severity.allCases.firstIndex(of: item.event.severity) ?? 0) : 0
    }

    private static func summary(_ matters: [Matter]) -> String {
        if matters.count == 1, let only = matters.first { return "\(only.mark): \(only.heading)" }
        var parts: [String] = []
        for severity in Severity.allCases.reversed() {
            let count = matters.count { !$0.isOver && $0.severity == severity }
            if count > 0 { parts.append("\(count) \(severity.rawValue)") }
        }
        let over = matters.count { $0.isOver }
        if over > 0 { parts.append("\(over) over") }
        return "\(matters.count) messages: \(parts.joined(separator: ", "))"
    }

    private static func closing(_ open: [Int64], _ notice: Notice, _ sender: MessageSender) -> [String] {
        var lines: [String] = []
        if let first = open.first {
            let which = open.count == 1 ? "\(first)" : "NUMBER"
            lines.append(
                "Whoever looks after it runs 'safehold notify acknowledge \(which)' on \(sender.host); then nobody else is called."
            )
        }
        lines.append(
            "Sent by Safehold on \(sender.host) for the strategy '\(sender.project)' to \(notice.contact), \(notice.made.forPeople)."
        )
        return lines
    }
}

extension Notice.Item {
    fileprivate var mark: String {
        if ended != nil { return "OVER" }
        switch reason {
        case .lasting: return "STILL \(event.severity.rawValue.uppercased())"
        case .unacknowledged: return "UNANSWERED \(event.severity.rawValue.uppercased())"
        default: return event.severity.rawValue.uppercased()
        }
    }

    fileprivate var heading: String {
        let thing = event.key.firstIndex(of: "/").map { event.key[event.key.index(after: $0)...] } ?? event.key[...]
        return event.kind == .successReport ? event.kind.title : "\(event.kind.title): \(thing)"
    }

    fileprivate func matter(at now: Timestamp) -> NoticeWording.Matter {
        NoticeWording.Matter(
            mark: mark, isOver: ended != nil, severity: event.severity, heading: heading, reason: reasonText(now),
            sections: sections(now), document: event.document)
    }

    private func reasonText(_ now: Timestamp) -> String? {
        if let ended {
            let lasted = Wording.duration(ended.seconds(since: since))
            return "This is over since \(ended.forPeople); it lasted \(lasted)."
        }
        let long = Wording.duration(now.seconds(since: since))
        switch reason {
        case .worse: return "This got worse."
        case .lasting: return "This is still so, for \(long) now."
        case .unacknowledged: return "Nobody has acknowledged this within \(long): therefore you are told."
        case .forwarded: return "Whoever was to be told of this cannot be reached: therefore you are told."
        case .opened, .over, .once: return nil
        }
    }

    private func sections(_ now: Timestamp) -> [NoticeWording.Section] {
        var sections = [section("What happened", event.summary)]
        if incident != nil {
            let times = occurrences > 1 ? ", \(occurrences) times" : ""
            let long = ended == nil ? " (\(Wording.duration(now.seconds(since: since))))" : ""
            sections.append(section("Since", "\(since.forPeople)\(long)\(times)"))
        } else {
            sections.append(section("When", event.time.forPeople))
        }
        if ended == nil {
            if let meaning = event.meaning ?? event.kind.meaning { sections.append(section("What it means", meaning)) }
            if let advice = event.advice { sections.append(section("What to do", advice)) }
        }
        if let detail = event.detail, !detail.isEmpty { sections.append(section("Details", detail)) }
        if !others.isEmpty { sections.append(section("Who else is told", others.joined(separator: ", "))) }
        if let incident { sections.append(section("Incident", "\(incident)")) }
        return sections
    }

    private func section(_ title: String, _ text: String) -> NoticeWording.Section {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { Printable.text($0) }
        return NoticeWording.Section(title: title, lines: lines)
    }
}

/// Names of files and what programs say stand in messages: nothing in them moves a cursor or turns the writing round.
enum Printable {
    static func text(_ text: some StringProtocol) -> String {
        String(text).escaping { isControl($0) ? "\u{FFFD}" : nil }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value < 0x20 && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
            || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}

extension Timestamp {
    /// 2026-03-02 06:15:00 UTC.
    var forPeople: String { description.replacing("T", with: " ").replacing("Z", with: " UTC") }
}
