import Glibc
import Operations
import Primitives
import RepositoryEngine
import Testing

/// Trees that become again what they were: their listing blocks come back, stored in other ways than before.
@Suite("A listing block that comes back") struct ReturningBlockTests {
    @Test("is no damage, and all of its snapshots restore") func comesBack() throws {
        let trip = try RoundTrip()
        for number in 0..<400 { trip.write("file-\(1000 + number)", Array("file \(number)".utf8)) }
        var snapshots = [try trip.backup()]
        for round in 0..<6 {
            trip.write("file-\(1007 + 50 * round)", Array("changed in \(round)".utf8))
            snapshots.append(try trip.backup())
            let added = (0..<6).map { "file-\(1020 + 60 * $0)-fleeting" }
            for name in added { trip.write(name, [UInt8(round), 1, 2]) }
            snapshots.append(try trip.backup())
            for name in added { #expect(unlink(trip.source + "/" + name) == 0) }
            snapshots.append(try trip.backup())
        }
        let report = try trip.verify()
        #expect(report.isIntact, "\(report.findings.map { "\($0.object): \($0.problem)" })")
        for snapshot in snapshots.suffix(3) {
            #expect(try trip.restore(snapshot) { $0.overwrite = .always }.problems.isEmpty)
        }
    }
}
