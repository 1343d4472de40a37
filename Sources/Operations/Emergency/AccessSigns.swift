import Primitives

/// Who was on a machine, as far as it says so itself: logins, and what of them the system's journal has. Whoever breaks in as root can have
/// altered both; the audit log that was witnessed elsewhere cannot have been.
package enum AccessSigns {
    /// In lines for a person. Whatever cannot be asked is left out, and said.
    package static func lines(since: Timestamp, until: Timestamp) -> [String] {
        ["Logins from \(since) to \(until):"]
            + SystemWords.said([
                "/usr/bin/env", "TZ=UTC", "last", "--fullnames", "--time-format", "iso", "--since", last(since),
                "--until",
                last(until),
            ]) + ["", "Journal of logins and of rights that were taken:"]
            + SystemWords.said([
                "/bin/journalctl", "--no-pager", "--quiet", "--utc", "--lines=200", "--since", "\(since)", "--until",
                "\(until)", "SYSLOG_FACILITY=4", "+", "SYSLOG_FACILITY=10",
            ])
    }

    /// As 'last' reads it.
    private static func last(_ time: Timestamp) -> String {
        String(time.description.dropLast().replacing("T", with: " "))
    }
}
