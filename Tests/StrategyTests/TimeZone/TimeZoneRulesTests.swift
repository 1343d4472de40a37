import Foundation
import Primitives
import Strategy
import TestSupport
import Testing

/// A zone of TestVectors/time-zones.json, with offsets that another implementation found.
struct ZoneCase: Decodable, Sendable, CustomTestStringConvertible {
    var zone: String
    var file: HexBytes
    var offsets: [[Int64]]
    var testDescription: String { zone }

    static let all = (try? Vectors.load("time-zones", as: ZoneCase.self)) ?? []
    static func rules(_ name: String) throws -> TimeZoneRules {
        try TimeZoneRules(parsing: try #require(all.first { $0.zone == name }).file.bytes)
    }
}

@Suite("Time zones") struct TimeZoneRulesTests {
    @Test("are as far from UTC as Python says, in the past and in the far future", arguments: ZoneCase.all)
    func offsets(zone: ZoneCase) throws {
        let rules = try TimeZoneRules(parsing: zone.file.bytes)
        for pair in zone.offsets { #expect(rules.segment(at: pair[0]).offset == pair[1], "at \(pair[0])") }
        #expect(ZoneCase.all.count == 10)
    }

    @Test("UTC is never off") func utc() {
        #expect(TimeZoneRules.utc.offset(at: Timestamp(nanoseconds: 0)) == 0)
        #expect(TimeZoneRules.utc.instants(ofLocal: 12_345) == [12_345])
    }

    @Test("show no time in a gap, and one twice in an overlap") func civil() throws {
        let berlin = try ZoneCase.rules("Europe/Berlin")
        func local(_ text: String) throws -> [String] {
            let time = try #require(Timestamp(description: text)).nanoseconds / 1_000_000_000
            return berlin.instants(ofLocal: time).map { Timestamp(nanoseconds: $0 * 1_000_000_000).description }
        }
        #expect(try local("2026-03-29T02:30:00Z") == [])
        #expect(try local("2026-03-29T03:00:00Z") == ["2026-03-29T01:00:00Z"])
        #expect(try local("2026-10-25T02:30:00Z") == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])
        #expect(try local("2126-07-01T12:00:00Z") == ["2126-07-01T10:00:00Z"])
    }

    @Test("give every instant back from what their clocks show then", arguments: ZoneCase.all)
    func thereAndBack(zone: ZoneCase) throws {
        let rules = try TimeZoneRules(parsing: zone.file.bytes)
        var generator = SeededGenerator(seed: 1)
        let edges = zone.offsets.flatMap { [$0[0] - 1800, $0[0], $0[0] + 1, $0[0] + 1800] }
        let instants =
            edges + (0..<2000).map { _ in Int64.random(in: -5_000_000_000...8_000_000_000, using: &generator) }
        for time in instants {
            let segment = rules.segment(at: time)
            #expect((segment.from..<segment.until).contains(time))
            let local = time + segment.offset
            let all = rules.instants(ofLocal: local)
            #expect(all.contains(time) && all.count <= 2 && all == all.sorted())
            #expect(all.allSatisfy { $0 + rules.segment(at: $0).offset == local })
        }
    }

    /// Asks the Python at hand about this machine's own tz database.
    private static let script = """
        import random, sys, zoneinfo
        from datetime import datetime, timedelta, timezone
        epoch, random.seed = datetime(1970, 1, 1, tzinfo=timezone.utc), random.seed
        random.seed(7)
        names = sorted(n for n in zoneinfo.available_timezones() if n != "localtime")
        for name in random.sample(names, min(200, len(names))):
            zone = zoneinfo.ZoneInfo(name)
            off = lambda t: int((epoch + timedelta(seconds=t)).astimezone(zone).utcoffset().total_seconds())
            times = [random.randrange(-1600000000, 7000000000) for _ in range(40)]
            for low in range(1500000000, 2200000000, 40 * 86400):
                a, b = low, low + 40 * 86400
                if off(a) == off(b): continue
                while b - a > 1:
                    m = (a + b) // 2
                    a, b = (m, b) if off(m) == off(a) else (a, m)
                times += [a, b]
            print(name, *[f"{t}={off(t)}" for t in times])
        """

    @Test("of this machine are read as Python reads them") func system() throws {
        guard let lines = Self.python(Self.script), !lines.isEmpty else {
            try Test.cancel("there is no Python with a tz database")
        }
        var compared = 0
        for line in lines {
            let words = line.split(separator: " ")
            let path = "/usr/share/zoneinfo/\(words[0])"
            guard let file = FileManager.default.contents(atPath: path) else { continue }
            let rules = try TimeZoneRules(parsing: [UInt8](file))
            for word in words.dropFirst() {
                let pair = word.split(separator: "=").compactMap { Int64($0) }
                #expect(rules.segment(at: pair[0]).offset == pair[1], "\(words[0]) at \(pair[0])")
                compared += 1
            }
        }
        #expect(compared > 8000 || lines.count < 200)
    }

    private static func python(_ script: String) -> [Substring]? {
        let process = Process()
        let named = ProcessInfo.processInfo.environment["SAFEHOLD_PYTHON"]
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [named ?? "python3", "-c", script]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}

@Suite("Damaged time zone files") struct TimeZoneFileTests {
    private let berlin = ZoneCase.all.first { $0.zone == "Europe/Berlin" }?.file.bytes ?? []

    /// A version 2 file without transitions, whose last line is `rule`.
    private func file(_ rule: String, types: Int = 1, leap: UInt8 = 0) -> [UInt8] {
        func header(_ types: UInt8) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, leap]
                + [0, 0, 0, 0, 0, 0, 0, types, 0, 0, 0, 0]
        }
        let leaps = [UInt8](repeating: 0, count: Int(leap) * 12)
        return header(0) + [UInt8](repeating: 0, count: Int(leap) * 8) + header(UInt8(types))
            + [UInt8](repeating: 0, count: types * 6) + leaps + Array("\n\(rule)\n".utf8)
    }

    private func problem(_ bytes: [UInt8]) -> String? {
        do {
            _ = try TimeZoneRules(parsing: bytes)
            return nil
        } catch { return error.problem }
    }

    @Test("are refused with what is wrong") func refused() {
        #expect(problem([]) == "is no TZif file (RFC 9636)")
        #expect(problem(Array(repeating: 65, count: 100)) == "is no TZif file (RFC 9636)")
        #expect(problem(Array(berlin.prefix(60)))?.hasPrefix("ends ") == true)
        #expect(problem(berlin.dropLast()) == "is damaged: its last line is missing")
        #expect(problem(file("UTC0", leap: 1))?.hasPrefix("counts leap seconds") == true)
        #expect(problem(file("UTC0", types: 0))?.contains("0 types of local time") == true)
        for rule in [
            "U0", "UTC", "UTC25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
            "CET-1CEST,M3.6.0,M10.5.0",
            "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J300", "CET-1CEST,0,366", "<CET-1", "CET-1CEST,M3.5.0,M10.5.0x",
            "CET-1CEST,M3.5.0/168,M10.5.0",
        ] {
            #expect(problem(file(rule))?.hasPrefix("ends with a rule that is none of POSIX's") == true, "\(rule)")
        }
    }

    @Test(
        "rules of every form are followed",
        arguments: [
            ("UTC0", "2026-07-01T00:00:00Z", 0), ("<+0545>-5:45", "2026-07-01T00:00:00Z", 20_700),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01T00:00:00Z", 7200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-12-31T23:59:59Z", 3600),
            ("AAA0BBB,J60/0,J61/0", "2024-03-01T00:00:00Z", 3600), ("AAA0BBB,J60/0,J61/0", "2024-02-29T23:59:59Z", 0),
            ("AAA0BBB,59/0,60/0", "2024-02-29T00:00:00Z", 3600), ("AAA0BBB,59/0,60/0", "2023-03-01T00:00:00Z", 3600),
            ("EST5EDT,0/0,J365/25", "2026-01-01T00:00:00Z", -14_400),
            ("EST5EDT,0/0,J365/25", "2026-07-01T00:00:00Z", -14_400),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-12-24T00:00:00Z", 0),
        ])
    func rules(rule: String, time: String, offset: Int64) throws {
        let rules = try TimeZoneRules(parsing: file(rule))
        #expect(rules.offset(at: try #require(Timestamp(description: time))) == offset)
    }

    @Test("never crash the reader", arguments: 0..<40) func fuzz(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<200 {
            var bytes = berlin
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            guard let rules = try? TimeZoneRules(parsing: bytes) else { continue }
            let time = Int64.random(in: -9_000_000_000...9_000_000_000, using: &generator)
            let segment = rules.segment(at: time)
            #expect(segment.from <= time && time < segment.until)
        }
    }
}
