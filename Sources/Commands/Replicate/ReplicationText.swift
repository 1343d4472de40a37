import ArgumentParser
import Operations
import Primitives

/// Bytes a second: a number, with KiB, MiB or GiB behind it.
struct ByteRate: ExpressibleByArgument, Equatable {
    var bytes: UInt64

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: UInt64] = ["": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]
        guard let number = UInt64(digits), number > 0, let unit = units[argument.dropFirst(digits.count)] else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self.bytes = bytes
    }
}

extension CopyReport {
    func show(_ output: Output) {
        for problem in problems { output.found(problem) }
        if output.json { return record(output) }
        guard !output.quiet else { return }
        output.line("\(destination): \(sentence)")
        if snapshotsHeldBack > 0 {
            output.line(
                "  \(Text.counted(snapshotsHeldBack, "snapshot was", "snapshots were")) not confirmed there: they may need what is missing."
            )
        }
        if objectsRemoved > 0 {
            output.line(
                "  removed \(Text.counted(objectsRemoved, "object", "objects")), \(Text.size(bytesRemoved)), as the source did."
            )
        }
        if objectsLocked > 0 {
            output.line("  \(Text.counted(objectsLocked, "object is", "objects are")) locked there, and stayed.")
        }
    }

    private var sentence: String {
        let copied = "copied \(Text.counted(objectsCopied, "object", "objects")), \(Text.size(bytesCopied))"
        if failure != nil { return copied + ", then it failed." }
        if objectsCopied == 0 { return "there was nothing to copy." }
        return copied + "; \(Text.counted(snapshotsConfirmed, "snapshot", "snapshots")) more."
    }

    private func record(_ output: Output) {
        output.record("destination") { object in
            object.set("destination", destination)
            object.set("objects_copied", objectsCopied)
            object.set("bytes_copied", bytesCopied)
            object.set("snapshots_confirmed", snapshotsConfirmed)
            object.set("snapshots_held_back", snapshotsHeldBack)
            object.set("objects_removed", objectsRemoved)
            object.set("bytes_removed", bytesRemoved)
            object.set("objects_locked", objectsLocked)
            object.set("findings", UInt64(problems.count))
            if let failure { object.set("code", failure.code.rawValue) }
        }
    }
}

extension CopyLag {
    func show(_ output: Output) {
        if output.json { return record(output) }
        let behind =
            objectsBehind == 0
            ? "has everything"
            : "lacks \(Text.counted(objectsBehind, "object", "objects")), \(Text.size(bytesBehind))"
        output.line("\(destination): \(behind).")
        for writer in writers {
            let there = writer.destination.map { "newest \(Text.time($0))" } ?? "none yet"
            let here = writer.source.map { ", at the source \(Text.time($0))" } ?? ""
            let count = Text.counted(writer.snapshotsBehind, "snapshot", "snapshots")
            output.line("  \(Text.printable(Array(writer.host.utf8))): \(there)\(here), \(count) behind.")
        }
    }

    private func record(_ output: Output) {
        for writer in writers {
            output.record("lag") { object in
                object.set("destination", destination)
                object.set("writer", writer.id.hex)
                object.set("writer_host", writer.host)
                if let time = writer.source { object.set("source_time", time) }
                if let time = writer.destination { object.set("destination_time", time) }
                object.set("snapshots_behind", writer.snapshotsBehind)
                object.set("objects_behind", objectsBehind)
                object.set("bytes_behind", bytesBehind)
            }
        }
    }
}
