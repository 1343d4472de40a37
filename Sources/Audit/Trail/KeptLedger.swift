import TransparencyLog

/// The log as this process opened it last, kept from an act's beginning to its end and on to the next act: opening takes reading and checking as much as growing depends on. Between two uses
/// others may write; then it is opened anew, and has to go on from what was known here.
struct KeptLedger {
    /// What does not fit into a value that is copied.
    private final class Box {
        var ledger: AuditLedger
        init(_ ledger: consuming AuditLedger) { self.ledger = ledger }
    }

    private var box: Box?
    /// How the log stood when this process wrote it last; it outlives a ledger that is of no use any more.
    private var known: AuditHead?

    mutating func use<R>(_ open: () throws -> AuditLedger, _ body: (inout AuditLedger) throws -> R) throws -> R {
        let box = try current(open)
        // What failed in the middle is opened anew.
        self.box = nil
        let result = try body(&box.ledger)
        known = box.ledger.head
        box.ledger.pause()
        self.box = box
        return result
    }

    mutating func forget() { (box, known) = (nil, nil) }

    private mutating func current(_ open: () throws -> AuditLedger) throws -> Box {
        if let box, try box.ledger.resume() { return box }
        // Its lock goes before another is taken.
        box = nil
        let opened = Box(try open())
        if let known { try opened.ledger.continues(known) }
        return opened
    }
}
