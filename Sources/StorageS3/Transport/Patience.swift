import NIOCore

/// How long a server is waited for, each time that it is asked.
package struct Patience: Sendable {
    package var connect = TimeAmount.seconds(10)
    /// For an answer of a server that never gave one in this run: what is named wrongly or closed off is not waited for by the minute.
    package var first = TimeAmount.seconds(15)
    /// Without a byte coming or going.
    package var silence = TimeAmount.seconds(60)
    /// For a whole request, beside what its bytes may take.
    package var whole = TimeAmount.seconds(120)

    package init() {}
}
