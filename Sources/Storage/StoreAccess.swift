import Primitives

/// One request to a store: as we remember making it, or as the store's log tells it.
package struct StoreAccess: Sendable, Equatable {
    package var time: Timestamp
    package var bucket: String
    /// Empty for the bucket itself.
    package var key: String
    package var operation: String
    package var status: Int
    /// The store's own number of the request; empty where it gave none.
    package var request: String
    /// Who asked and from where; only a log knows.
    package var principal = ""
    package var address = ""

    package init(time: Timestamp, bucket: String, key: String, operation: String, status: Int, request: String) {
        (self.time, self.bucket, self.key) = (time, bucket, key)
        (self.operation, self.status, self.request) = (operation, status, request)
    }
}

/// A piece of a store's log as it was understood.
package struct StoreLog: Sendable, Equatable {
    package var accesses: [StoreAccess] = []
    /// Lines that no format fits: whoever hides something may have spoilt them.
    package var unreadable = 0
    package init() {}
}
