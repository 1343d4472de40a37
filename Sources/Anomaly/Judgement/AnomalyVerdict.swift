import Primitives

/// What was thought of a snapshot when it was made.
package struct AnomalyVerdict: Sendable, Equatable {
    package enum Level: UInt64, Sendable, CaseIterable, Comparable {
        /// There was nothing to compare it with.
        case unknown = 1
        /// Nothing is strange, as far as that can be told of the first snapshots.
        case learning = 2
        case calm = 3
        /// One thing is beyond what is usual, which happens.
        case unusual = 4
        /// It looks as if somebody had made files unreadable, or had done away with them.
        case alarm = 5

        package static func < (x: Level, y: Level) -> Bool { x.rawValue < y.rawValue }

        package var name: String {
            switch self {
            case .unknown: "unknown"
            case .learning: "learning"
            case .calm: "calm"
            case .unusual: "unusual"
            case .alarm: "alarm"
            }
        }
    }

    package struct Reason: Sendable, Equatable {
        package var signal: AnomalySignal
        package var observed: UInt64
        /// What would have been taken as usual.
        package var threshold: UInt64

        package init(_ signal: AnomalySignal, observed: UInt64, threshold: UInt64) {
            (self.signal, self.observed, self.threshold) = (signal, observed, threshold)
        }

        /// How many times the threshold.
        package var strength: Double { Double(observed) / Double(max(1, threshold)) }
    }

    package var level: Level
    package var reasons: [Reason]
    /// The number, in its writer's chain, of the first snapshot that is part of it; nil where that is this one.
    package var since: UInt64?

    package init(_ level: Level, _ reasons: [Reason] = [], since: UInt64? = nil) {
        (self.level, self.reasons, self.since) = (level, reasons, since)
    }

    package var sentences: [String] { reasons.map(\.sentence) }
}

extension AnomalyVerdict {
    package var fields: Fields {
        var fields = Fields()
        fields.set(1, integer: level.rawValue)
        fields.set(
            2,
            list: reasons.map { reason in
                var writer = ByteWriter()
                writer.u8(reason.signal.rawValue)
                writer.u64(reason.observed)
                writer.u64(reason.threshold)
                return writer.bytes
            })
        if let since { fields.set(3, integer: since) }
        return fields
    }

    /// Reasons that a later version names are left out.
    package init(fields: Fields) throws(EncodingError) {
        guard let level = Level(rawValue: try fields.integer(1)) else { throw EncodingError("has an unknown verdict") }
        self.init(level)
        for bytes in try fields.list(2) {
            let (number, observed, threshold) = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                (try reader.u8(), try reader.u64(), try reader.u64())
            }
            guard let signal = AnomalySignal(rawValue: number) else { continue }
            reasons.append(Reason(signal, observed: observed, threshold: threshold))
        }
        since = fields[3] == nil ? nil : try fields.integer(3)
    }
}
