import Foundation
import Operations
import Primitives
import Storage
import TestSupport
import Testing

/// A daemon makes thousands of backups in one process: none may leave anything behind in it.
@Suite("A backup that is over") struct ReleaseTests {
    /// Files that this process has mapped or open below `folder`.
    private func held(below folder: String) throws -> [String] {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n").map(
            String.init)
        let open = (try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
        }
        return (maps + open).filter { $0.contains(folder) }
    }

    @Test("leaves no table mapped and no file open") func released() throws {
        let trip = try RoundTrip()
        for round in 0..<3 {
            trip.write("file-\(round)", Array("content \(round)".utf8))
            _ = try trip.backup()
        }
        #expect(try held(below: trip.host.root) == [])
    }

    @Test("does so when it failed, too") func failed() throws {
        let trip = try RoundTrip()
        trip.write("file", Array("content".utf8))
        _ = try trip.backup()
        trip.write("another", Array(repeating: 1, count: 100_000))
        let full = InterposedStore(trip.store) { request, name in
            guard request == .put, name?.path.hasPrefix("packs/") == true else { return }
            throw Failure(.storageFull, "There is no room.", advice: "Make room.")
        }
        #expect(throws: Failure.self) { try trip.backup(on: full) }
        #expect(try held(below: trip.host.root) == [])
    }
}
