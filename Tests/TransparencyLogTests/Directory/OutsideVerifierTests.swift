import Foundation
import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

/// A program that is not ours verifies what we wrote: Tests/OutsideVerifiers/tlog-check, over Go's own implementation of notes and logs.
@Suite(
    .serialized,
    .enabled(
        if: OutsideVerifier.isPossible,
        "Go or golang.org/x/mod is not installed here: scripts/install-dependencies.sh --for-tests"))
struct OutsideVerifierTests {
    private let folder: TemporaryFolder
    private let log: String
    private let vkey: String
    /// More than one tile of level 1 has, so that all kinds of tiles are there.
    private static let count = 66_000

    init() throws {
        folder = try TemporaryFolder()
        log = folder.path + "/log"
        vkey = try SigningKeys.keys()[0].description
        let entries = (0..<Self.count).map { Array("entry \($0)".utf8) }
        var writer = try LogWriter.create(
            in: LogFolder(log, for: .writing), signer: SigningKeys.log(), clock: .still)
        _ = try writer.append(Array(entries[..<65_000]))
        try Data(contentsOf: URL(filePath: log + "/checkpoint")).write(to: URL(filePath: folder.path + "/old"))
        _ = try writer.append(Array(entries[65_000...]))
        let reader = try LogReader(
            LogFolder(log, for: .reading), policy: TrustPolicy.demanding(bothOf: SigningKeys.keys()))
        try Data(try #require(try reader.proof(of: 12_345)).bytes).write(to: URL(filePath: folder.path + "/proof"))
        try Data("entry 12345".utf8).write(to: URL(filePath: folder.path + "/entry"))
    }

    private func verdict(_ options: String...) throws -> (isAccepted: Bool, said: String) {
        try OutsideVerifier.run(options + [vkey, log])
    }

    private func flip(_ byte: Int, of path: String) throws {
        let file = URL(filePath: log + "/" + path)
        var bytes = try Data(contentsOf: file)
        bytes[byte] ^= 1
        try bytes.write(to: file)
    }

    @Test("It accepts the log, an older checkpoint of it and a receipt, and no other entry for that") func good() throws
    {
        let found = try verdict(
            "-old", folder.path + "/old", "-proof", folder.path + "/proof", "-entry", folder.path + "/entry")
        #expect(found.isAccepted && found.said.hasPrefix("ok \(Self.count) "), "\(found.said)")
        try Data("entry 12346".utf8).write(to: URL(filePath: folder.path + "/entry"))
        #expect(try !verdict("-proof", folder.path + "/proof", "-entry", folder.path + "/entry").isAccepted)
    }

    @Test(
        "It refuses a log in which one byte is another",
        arguments: [("tile/entries/100", 50), ("tile/0/003", 40), ("tile/1/000", 40), ("checkpoint", 18)])
    func tampered(_ path: String, _ byte: Int) throws {
        try flip(byte, of: path)
        let found = try verdict()
        #expect(!found.isAccepted && found.said.hasPrefix("refused: "), "\(found.said)")
        // And so do we.
        #expect(throws: LogProblem.self) {
            try LogReader(LogFolder(log, for: .reading), policy: TrustPolicy.demanding(bothOf: SigningKeys.keys()))
                .verify()
        }
    }

    @Test("It refuses a log that does not go on from the checkpoint that is remembered") func fork() throws {
        let other = folder.path + "/other"
        var writer = try LogWriter.create(
            in: LogFolder(other, for: .writing), signer: SigningKeys.log(), clock: .still)
        _ = try writer.append((0..<300).map { [UInt8($0 & 255)] })
        #expect(try !verdict("-old", other + "/checkpoint").isAccepted)
        #expect(try !OutsideVerifier.run(["-old", folder.path + "/old", vkey, other]).isAccepted)
        #expect(try OutsideVerifier.run([vkey, other]).isAccepted)
    }
}

enum OutsideVerifier {
    struct NotBuilt: Error { var said: String }

    private static let packages = "/usr/share/gocode"
    private static let go = "/usr/bin/go"

    static let isPossible =
        FileManager.default.isExecutableFile(atPath: go)
        && FileManager.default.fileExists(atPath: packages + "/src/golang.org/x/mod/sumdb/tlog/tlog.go")

    /// Built once for this process.
    private static let program: Result<(folder: TemporaryFolder, path: String), any Error> = Result {
        let folder = try TemporaryFolder()
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "OutsideVerifiers/tlog-check")
        let path = folder.path + "/tlog-check"
        var environment = ProcessInfo.processInfo.environment
        environment.merge(
            [
                "GO111MODULE": "off", "GOPATH": packages, "GOCACHE": folder.path + "/cache", "GOFLAGS": "",
                "CGO_ENABLED": "0",
            ]
        ) { $1 }
        let built = try run(go, ["build", "-o", path, "."], in: source, environment)
        guard built.isAccepted else { throw NotBuilt(said: built.said) }
        return (folder, path)
    }

    static func run(_ arguments: [String]) throws -> (isAccepted: Bool, said: String) {
        try run(program.get().path, arguments, in: nil, ProcessInfo.processInfo.environment)
    }

    private static func run(
        _ path: String, _ arguments: [String], in folder: URL?, _ environment: [String: String]
    ) throws -> (isAccepted: Bool, said: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = environment
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus == 0, said)
    }
}
