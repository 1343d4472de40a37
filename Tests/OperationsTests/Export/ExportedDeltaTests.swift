import Foundation
import Operations
import Primitives
import RepositoryEngine
import Strategy
import TestSupport
import Testing

@testable import Identity

/// Archives of snapshots whose large files are stored as differences.
@Suite("An export of differences") struct ExportedDeltaTests {
    @Test("holds the bytes that were backed up, in every generation") func sameBytes() throws {
        let trip = try RoundTrip()
        var table = RowTable(12_000, seed: 61)
        trip.write("table", table.bytes)
        let whole = try trip.backup { $0.delta = true }.record.description(opener: trip.opener).storedBytes
        for generation in 1...2 {
            table.scatter(120)
            trip.write("table", table.bytes)
            let snapshot = try trip.backup { $0.delta = true }
            let stored = try snapshot.record.description(opener: trip.opener).storedBytes
            #expect(stored * 6 <= whole, "\(stored) of \(whole)")
            let exported = try export(trip, "generation-\(generation)") + "/tree/table"
            #expect(try Array(Data(contentsOf: URL(filePath: exported))) == table.bytes)
        }
    }

    /// Exports the newest snapshot, and extracts it with tar. Returns the directory that holds the components.
    private func export(_ trip: RoundTrip, _ name: String) throws -> String {
        let opened = try OpenedRepository(
            permit: Permit<InspectAction>(owner: "test"), repository: trip.repository, opener: trip.opener)
        let folder = trip.folder.path + "/" + name
        let options = ExportOptions(project: "sample", destination: .file(folder + ".tar.gz"), software: "test")
        let summary = try Export.run(
            permit: Permit(owner: "test"), opened: opened,
            choice: try ChosenComponents(ComponentRequest(.latest), in: opened), options: options,
            personal: [], observer: SilentObserver(), leave: { Leave(.owner, $0.act, plan: $0.digest) })
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try run(["tar", "-xzf", folder + ".tar.gz"], in: folder)
        let top = folder + "/" + summary.stamp.description
        try run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], in: top)
        return top
    }

    private func run(_ words: [String], in directory: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = URL(filePath: directory)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
    }
}
