/// How numbers and lengths of time are written for people, on screens as in messages.
package enum Wording {
    /// 1023 B, 1.5 KiB, 23.4 GiB.
    package static func size(_ bytes: UInt64) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes)
        var unit = -1
        while value >= 1023.95, unit < 5 {
            value /= 1024
            unit += 1
        }
        return "\(oneDecimal(value)) \(["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][max(0, unit)])"
    }

    package static func oneDecimal(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// 1234567 becomes 1,234,567.
    package static func count(_ value: UInt64) -> String {
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    package static func counted(_ value: UInt64, _ one: String, _ many: String) -> String {
        "\(count(value)) \(value == 1 ? one : many)"
    }

    /// 0.4 s, 12 s, 3 min 20 s, 2 h 5 min.
    package static func duration(_ seconds: Double) -> String {
        guard seconds >= 10 else { return "\(oneDecimal(max(0, seconds))) s" }
        let whole = Int64(min(seconds, 1e12).rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
        return "\(whole / 86_400) d \(whole / 3600 % 24) h"
    }
}
