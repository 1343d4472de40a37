import Anomaly
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// What this host remembers of how a component changes.
extension HostCaches {
    /// An empty one where there is none, or it cannot be read: then it is learned anew.
    func signalHistory(cacheKey: borrowing SecretBytes) -> SignalHistory {
        guard let reader = SealedFile.Reader(path: signalsPath, cacheKey: cacheKey), let bytes = reader.next(),
            let history = try? SignalHistory(decoding: bytes)
        else { return SignalHistory() }
        return history
    }

    func keep(_ history: SignalHistory, cacheKey: borrowing SecretBytes) throws {
        let temporary = "\(signalsPath).\(getpid()).\(Self.nextNumber())"
        unlink(temporary)
        let writer = try SealedFile.Writer(path: temporary, cacheKey: cacheKey)
        try writer.append(history.encoded())
        try writer.flush()
        try LocalFile.replace(signalsPath, with: temporary, durably: false)
    }

    func dropSignals() { unlink(signalsPath) }
}
