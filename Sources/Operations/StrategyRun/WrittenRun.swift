import Catalog
import Primitives
import Strategy

extension StrategyPlace {
    /// Does what a job is, written down as a run from its beginning to its end. Returns the run as it ended. What `admit` throws keeps it from being begun, and what
    /// either throws is the run's failure. Throws only where the catalog cannot be written.
    func write(
        _ begun: RunRecord, observer: any OperationObserver, admit: () throws -> Void,
        _ work: (inout RunRecord, RunObserver) throws -> Void
    ) throws -> RunRecord {
        var record = begun
        record.id = try catalog.add(record)
        let listener = RunObserver(catalog, run: record.id, clock: clock, beside: observer)
        do {
            try admit()
            record.outcome = .complete
            try work(&record, listener)
        } catch {
            record.failure = error.asFailure
            record.outcome = record.failure?.code == .interrupted ? .interrupted : .failed
        }
        record.ended = clock.now()
        try catalog.update(record)
        return record
    }

    /// What the host's own jobs open backups with; nil where the strategy's upkeep names nothing.
    var upkeepKey: KeySource? {
        strategy.upkeep.passphraseFile.map(KeySource.passphraseFile)
            ?? strategy.upkeep.recipientFile.map(KeySource.recipientFile)
    }

    func requireUpkeepKey(for what: String) throws -> KeySource {
        guard let key = upkeepKey else {
            throw Failure(
                .passphraseMissing, "\(what) needs a key, and the strategy's upkeep names none.",
                advice:
                    "Name 'passphrase-file' or 'recipient-file' there, on a host that is not backed up itself; or do it by hand."
            )
        }
        return key
    }
}
