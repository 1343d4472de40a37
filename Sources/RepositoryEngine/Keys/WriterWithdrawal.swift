import Primitives
import Sealing
import Storage

/// The administrator's word that a writer adds nothing any more (docs/format.md, section 8). It names the last snapshot that counts, and no
/// time decides: whoever has the writer's key can write any time into what he adds.
package struct WriterWithdrawal: Sendable, Equatable {
    package var writer: WriterID
    /// For people; whole seconds.
    package var time: Timestamp
    /// Number of the newest snapshot that counts; 0 where none does.
    package var last: UInt64
    /// Its digest, so that nobody puts another in its place; zeros where there is none.
    package var snapshot: Digest32
    package var reason: String

    package init(writer: WriterID, time: Timestamp, last: UInt64, snapshot: Digest32, reason: String) {
        (self.writer, self.time, self.last, self.snapshot, self.reason) = (writer, time, last, snapshot, reason)
    }

    package var fields: Fields {
        var fields = Fields()
        fields[1] = writer.bytes
        fields.set(2, integer: time.seconds)
        fields.set(3, integer: last)
        fields[4] = snapshot.bytes
        fields.set(5, text: reason)
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        writer = try fields.identifier(1)
        time = Timestamp(seconds: try fields.integer(2))
        last = try fields.integer(3)
        snapshot = try fields.digest(4)
        reason = try fields.text(5)
        guard (last == 0) == (snapshot == .zero) else {
            throw EncodingError("names a snapshot's number or its digest, and not the other")
        }
    }
}

extension Repository {
    /// Throws `writer-withdrawn` for who may add nothing any more, as far as that was known when the repository was opened.
    package func requireStanding(of writer: WriterID) throws {
        guard let withdrawal = keyring.withdrawals[writer] else { return }
        throw Failure(
            .writerWithdrawn,
            "The administrator withdrew this host's writer \(writer.hex.prefix(8)) on \(withdrawal.time): what it adds does not count.",
            advice:
                "Find out why: \(JSON.text(withdrawal.reason).encoded). On a host that can be trusted again, 'safehold init --join' makes another writer."
        )
    }

    /// The same by what is in the store now.
    package func requireStandingNow(of writer: WriterID) throws {
        guard try store.names(below: Names.withdrawals).count != keyring.withdrawalCount else { return }
        try Repository.open(store).requireStanding(of: writer)
    }
}

extension KeyAdministration {
    /// Writes down that `writer` adds nothing after `last` any more.
    package borrowing func withdraw(_ writer: WriterID, after last: CatalogedSnapshot?, reason: String) throws
        -> WriterWithdrawal
    {
        let withdrawal = WriterWithdrawal(
            writer: writer, time: Timestamp(seconds: now().seconds), last: last?.record.sequence ?? 0,
            snapshot: last?.digest ?? .zero, reason: reason)
        try put(.withdrawal, withdrawal.fields, below: Names.withdrawals)
        return withdrawal
    }
}
