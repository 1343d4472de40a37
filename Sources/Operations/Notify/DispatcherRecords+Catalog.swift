import Catalog
import Primitives
import Strategy

extension CatalogDatabase {
    /// What notifying remembers.
    package func dispatcherRecords() throws -> [DispatcherRecord] {
        try notifyingRows().compactMap { row in
            DispatcherRecord.Table(rawValue: row.table).map {
                DispatcherRecord(table: $0, key: row.key, bytes: row.bytes)
            }
        }
    }
}
