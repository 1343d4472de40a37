import Capture
import Strategy
import TestSupport
import Testing

@testable import CapturePostgres

/// Servers that take a connection and then say nothing: nobody waits for them for ever.
@Suite struct SilentServerTests {
    private let folder: TemporaryFolder
    private var plan: PostgresPlan {
        var plan = PostgresPlan(database: "iqhis")
        (plan.host, plan.user) = (folder.path, "safehold")
        return plan
    }

    init() throws { folder = try TemporaryFolder() }

    @Test func whoeverIsNotLetInIsTold() throws {
        let server = try SilentServer(in: folder.path, greets: false)
        let failure = #expect(throws: StreamFailure.self) {
            _ = try PostgresConnection(plan, patience: .seconds(2))
        }
        #expect(failure?.kind == .unreachable)
        #expect(failure?.message.hasPrefix("The server does not answer: ") == true, "\(failure as Any)")
        withExtendedLifetime(server) {}
    }

    @Test(arguments: [false, true]) func whoeverIsNotAnsweredIsTold(_ isReplicating: Bool) throws {
        let server = try SilentServer(in: folder.path, greets: true)
        let connection = try PostgresConnection(plan, isReplicating: isReplicating, patience: .seconds(2))
        let failure = #expect(throws: StreamFailure.self) {
            if isReplicating {
                try connection.replicate("IDENTIFY_SYSTEM")
            } else {
                try connection.ask("select 1")
            }
        }
        #expect(failure?.kind == .unreachable)
        #expect(failure?.message == "The server did not answer for 2.0 seconds.")
        withExtendedLifetime(server) {}
    }

    @Test func aLogIsNotWaitedForEither() throws {
        let server = try SilentServer(in: folder.path, greets: true)
        let connection = try PostgresConnection(plan, isReplicating: true, patience: .seconds(2))
        try connection.send("START_REPLICATION PHYSICAL 0/1000000")
        #expect(throws: StreamFailure.self) { try connection.awaitResult() }
        withExtendedLifetime(server) {}
    }
}
