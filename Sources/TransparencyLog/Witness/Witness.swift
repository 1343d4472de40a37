import Primitives

/// Cosigns the checkpoints of logs that it knows, each only if it goes on from the one before (C2SP tlog-witness v1.0.0).
package struct Witness: ~Copyable, Sendable {
    /// Where a witness keeps what it cosigned last of each log.
    package struct Memory: Sendable {
        /// The empty tree where there is none.
        package var latest: @Sendable (_ origin: NoteName) throws -> TreeHead
        /// Replaces what is kept by `next`, durably, only if it still is `expected`; says whether it did. Compare and replace are one step.
        package var replace: @Sendable (_ origin: NoteName, _ expected: TreeHead, _ next: TreeHead) throws -> Bool

        package init(
            latest: @escaping @Sendable (NoteName) throws -> TreeHead,
            replace: @escaping @Sendable (NoteName, TreeHead, TreeHead) throws -> Bool
        ) {
            (self.latest, self.replace) = (latest, replace)
        }
    }

    private let signer: NoteSigner
    private let logs: [VerifierKey]
    private let memory: Memory
    private let clock: WallClock

    /// `logs`: keys of those that it cosigns for; a log may have several, of which every one that signed has to hold.
    package init(signer: consuming NoteSigner, logs: [VerifierKey], memory: Memory, clock: WallClock) {
        precondition(signer.role == .witness)
        self.signer = signer
        (self.logs, self.memory, self.clock) = (logs, memory, clock)
    }

    package var verifierKeys: [VerifierKey] { signer.verifierKeys }

    /// Answers the body of a request. What it signs it has in its memory before.
    package borrowing func answer(_ body: [UInt8]) throws -> AddCheckpoint.Response {
        guard let request = try? AddCheckpoint(parsing: body),
            let checkpoint = try? Checkpoint(parsing: request.checkpoint.text)
        else { return AddCheckpoint.Response(status: 400) }
        let latest = try memory.latest(checkpoint.origin)
        if let refusal = refusal(of: request, checkpoint, latest: latest) { return refusal }
        guard try memory.replace(checkpoint.origin, latest, checkpoint.tree) else {
            return .conflict(try memory.latest(checkpoint.origin).size)
        }
        let time = UInt64(max(1, clock.now().nanoseconds / 1_000_000_000))
        let signatures = try signer.signatures(of: request.checkpoint.text, time: time)
        return AddCheckpoint.Response(status: 200, body: Array(signatures.map(\.line).joined().utf8))
    }

    /// Why it does not cosign, in the order in which the protocol has the reasons; nil if it does.
    private borrowing func refusal(
        of request: AddCheckpoint, _ checkpoint: Checkpoint, latest: TreeHead
    ) -> AddCheckpoint.Response? {
        let keys = logs.filter { $0.name == checkpoint.origin }
        guard !keys.isEmpty else { return AddCheckpoint.Response(status: 404) }
        guard (try? request.checkpoint.verified(by: keys)) != nil else { return AddCheckpoint.Response(status: 403) }
        guard request.oldSize <= checkpoint.tree.size else { return AddCheckpoint.Response(status: 400) }
        guard request.oldSize == latest.size else { return .conflict(latest.size) }
        guard checkpoint.tree.size > 0 || checkpoint.tree == .empty,
            MerkleTree.isConsistent(latest, with: checkpoint.tree, by: request.proof)
        else { return AddCheckpoint.Response(status: 422) }
        return nil
    }
}
