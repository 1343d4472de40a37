import Primitives

/// The one form of dates that RFC 9110 (5.6.7) lets servers write: "Tue, 24 Nov 2026 23:48:57 GMT".
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    package static func parse(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].last == ",", parts[5] == "GMT",
            let month = months.firstIndex(of: String(parts[2])), parts[1].utf8.count == 2
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(description: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}

extension S3Answer {
    /// When the server answered, by its own clock.
    var date: Timestamp? { header("date").flatMap { HTTPDate.parse($0) } }
}
