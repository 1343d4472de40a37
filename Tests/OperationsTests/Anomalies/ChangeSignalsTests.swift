import Anomaly
import Catalog
import Foundation
import Glibc
import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

/// A tree with documents and sources, and what a backup says of what is done to it.
@Suite("How a tree changed") struct ChangeSignalsTests {
    private let trip: RoundTrip
    private let count = 60

    init() throws {
        trip = try RoundTrip()
        mkdir(trip.source + "/docs", 0o755)
        mkdir(trip.source + "/src", 0o755)
        for number in 0..<count {
            trip.write(document(number), Array("PK\u{3}\u{4}".utf8) + noise(900, UInt64(number)))
            trip.write(source(number), text(number))
        }
        try backup()
    }

    private func document(_ number: Int) -> String { "docs/report-\(number).docx" }
    private func source(_ number: Int) -> String { "src/part-\(number).swift" }
    private func text(_ number: Int) -> [UInt8] {
        Array(String(repeating: "let value\(number) = compute(\(number)) // and so on\n", count: 40).utf8)
    }
    private func noise(_ count: Int, _ seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private func summary(_ change: (inout BackupOptions) -> Void = { _ in }) throws -> BackupSummary {
        var options = BackupOptions(
            paths: [Array(trip.source.utf8)], component: "tree", host: "elsewhere", user: "test", software: "test")
        change(&options)
        return try Backup.run(
            permit: Permit(owner: "test"), repository: trip.repository, host: trip.host, options: options,
            observer: SilentObserver())
    }

    @discardableResult
    private func backup() throws -> SnapshotSignals { try summary().signals }

    private func remove(_ name: String) { unlink(trip.source + "/" + name) }
    private func rename(_ name: String, to other: String) {
        #expect(Glibc.rename(trip.source + "/" + name, trip.source + "/" + other) == 0)
    }

    @Test("is not told of the first snapshot, and is nothing where nothing changed")
    func nothing() throws {
        let signals = try backup()
        #expect(signals.isCompared && signals.files == UInt64(2 * count))
        #expect(signals.added.files + signals.changed.files + signals.removed.files + signals.moved == 0)
        let full = try summary { $0.readEverything() }.signals
        #expect(full.isCompared && full.changed.files == 0 && full.bytesNew == 0)
    }

    @Test("counts what came, changed and went, with its bytes, and what was only moved")
    func ordinary() throws {
        trip.write(source(1), text(1001))
        trip.write("src/new.swift", text(2000))
        remove(source(2))
        mkdir(trip.source + "/later", 0o755)
        for number in 10..<20 { rename(document(number), to: "later/report-\(number).docx") }
        let signals = try backup()
        #expect(signals.changed == .init(files: 1, bytes: UInt64(text(1001).count)))
        #expect(signals.added.files == 11 && signals.removed.files == 11 && signals.moved == 10)
        #expect(signals.lost == 1 && signals.damage == 0 && signals.renamed == 0)
        #expect(signals.bytesPacked > 0 && signals.bytesPacked < signals.bytesNew)
    }

    @Test("sees encryption in place: noise where text was, headers that are gone")
    func inPlace() throws {
        for number in 0..<20 {
            trip.write(document(number), noise(1000, 500 + UInt64(number)))
            trip.write(source(number), noise(1500, 600 + UInt64(number)))
        }
        // Somebody works on others as ever.
        trip.write(document(30), Array("PK\u{3}\u{4}".utf8) + noise(901, 7))
        let signals = try backup()
        #expect(signals.changed.files == 41 && signals.looked == 41)
        #expect(signals.noise == 20 && signals.headless == 20 && signals.spoiled == 40)
    }

    @Test("sees the same in large files, and where only the beginning was encrypted")
    func large() throws {
        let plain = (0..<120).flatMap { text($0) } + (0..<120).flatMap { text($0 + 500) }
        trip.write("src/large.sql", plain + plain)
        try backup()
        trip.write("src/large.sql", noise(4096, 1) + (plain + plain).dropFirst(4096))
        let signals = try backup()
        #expect(signals.changed.files == 1 && signals.noise == 1)
    }

    @Test("sees files that were encrypted and renamed, whatever the new name is")
    func renamed() throws {
        for number in 0..<20 {
            remove(document(number))
            trip.write(document(number) + ".locked", noise(1000, 500 + UInt64(number)))
            remove(source(number))
            trip.write("src/part-\(number).aaa", noise(1500, 600 + UInt64(number)))
        }
        let signals = try backup()
        #expect(signals.renamed == 40 && signals.spoiled == 40 && signals.lost == 0)
        #expect(
            signals.endingFiles == 20 && ["locked", "aaa"].contains(String(decoding: signals.ending, as: UTF8.self)))
        for number in 20..<40 {
            remove(source(number))
            trip.write("src/0\(number * 7919)", noise(1500, 900 + UInt64(number)))
        }
        let next = try backup()
        #expect(next.renamed == 0 && next.replaced == 20)
    }

    @Test("takes compressing, converting and renaming for what they are")
    func harmless() throws {
        for number in 0..<10 {
            remove(source(number))
            trip.write(source(number) + ".gz", [0x1F, 0x8B] + noise(400, UInt64(number)))
            remove(source(number + 10))
            trip.write("src/part-\(number + 10).rs", text(number + 700))
            rename(document(number), to: document(number) + ".bak")
        }
        let signals = try backup()
        #expect(signals.damage == 0 && signals.renamed == 0 && signals.endingFiles == 0)
        #expect(signals.moved == 10)
    }

    @Test("stands in the snapshot, for whoever can open it")
    func sealed() throws {
        trip.write(source(1), text(1001))
        let made = try summary()
        let report = try Anomalies.report(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, state: trip.host)
        let line = try #require(report.lines.last)
        #expect(line.summary.id == made.snapshot && line.details.signals == made.signals)
        #expect(line.details.verdict == made.verdict && report.findings.isEmpty)
    }
}
