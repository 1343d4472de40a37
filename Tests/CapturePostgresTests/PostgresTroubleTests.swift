import Capture
import Strategy
import Testing

@testable import CapturePostgres

/// What servers and their programs say, and what becomes of it.
@Suite struct PostgresTroubleTests {
    private let plan = PostgresPlan(database: "iqhis")

    @Test(arguments: [
        (#"connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory"#, "unreachable"),
        (#"connection to server at "db", port 5432 failed: FATAL:  the database system is starting up"#, "unreachable"),
        (#"connection to server at "db" (10.0.0.9), port 5432 failed: timeout expired"#, "unreachable"),
        (#"FATAL:  password authentication failed for user "x""#, "denied"),
        (#"fe_sendauth: no password supplied"#, "denied"),
        (#"FATAL:  no pg_hba.conf entry for host "10.0.0.1""#, "denied"),
        (#"FATAL:  role "x" does not exist"#, "denied"),
        (#"FATAL:  too many connections for role "safehold""#, "unreachable"),
        (#"FATAL:  database "iqhis" does not exist"#, "failed"),
        (#"definition of service "ward" not found"#, "failed"),
    ]) func connecting(_ message: String, _ kind: String) {
        let failure = PostgresTrouble.connecting(to: plan, saying: message)
        #expect("\(failure.kind)" == kind)
        #expect(failure.message.contains(message.suffix(20)))
    }

    @Test(arguments: [
        ("42501", "permission denied for table visits", "denied"),
        ("40001", "canceling statement due to conflict with recovery", "unreachable"),
        ("55000", "the standby was promoted during online backup", "unreachable"),
        ("53100", "could not write to file: No space left on device", "failed"),
        ("55P03", "canceling statement due to lock timeout", "unreachable"),
        ("XX001", "invalid page in block 0 of relation base/5/16384", "failed"),
        ("57P01", "terminating connection due to administrator command", "unreachable"),
        ("57P02", "terminating connection because of crash of another server process", "unreachable"),
        ("57P03", "the database system is shutting down", "unreachable"),
        ("57014", "canceling statement due to user request", "failed"),
        ("22023", "invalid snapshot identifier: \"00000002-0000000A-1\"", "unreachable"),
    ]) func asking(_ state: String, _ message: String, _ kind: String) {
        #expect("\(PostgresTrouble.asking(state: state, saying: message).kind)" == kind)
    }

    @Test func aConnectionThatBreaksIsTriedAgain() {
        #expect(PostgresTrouble.asking(state: nil, saying: "server closed the connection").kind == .unreachable)
    }

    @Test(arguments: [
        ("pg_dump: error: query failed: ERROR:  permission denied for table visits", "denied"),
        ("pg_dump: error: aborting because of server version mismatch", "toolMissing"),
        ("pg_dump: error: no matching tables were found for pattern \"x\"", "failed"),
        ("pg_dump: error: query failed: FATAL:  terminating connection due to administrator command", "unreachable"),
        ("pg_dump: error: query failed: server closed the connection unexpectedly", "unreachable"),
        ("pg_dump: error: connection to server at \"db\" failed", "unreachable"),
        ("ERROR:  canceling statement due to conflict with recovery", "unreachable"),
        ("ERROR:  invalid snapshot identifier: \"00000002-0000000A-1\"", "unreachable"),
        ("pg_dump: error: could not write to file: No space left on device", "failed"),
    ]) func programs(_ said: String, _ kind: String) throws {
        let failure = try #require(PostgresTrouble.program("pg_dump", "ended with status 1", said))
        #expect("\(failure.kind)" == kind)
    }

    @Test func aLargeObjectTakesAnotherRightThanATable() throws {
        let said = "pg_dump: error: could not open large object 16398: ERROR:  permission denied for large object 16398"
        let failure = try #require(PostgresTrouble.program("pg_dump", "ended with status 1", said))
        #expect(failure.kind == .denied && failure.advice.contains("lo_compat_privileges = on"))
        let read = PostgresTrouble.asking(state: "42501", saying: "permission denied for large object 16398")
        #expect(read.kind == .denied && read.advice.contains("lo_compat_privileges = on"))
        let table = PostgresTrouble.asking(state: "42501", saying: "permission denied for table visits")
        #expect(!table.advice.contains("lo_compat_privileges") && table.advice.contains("pg_read_all_data"))
    }

    @Test func aTableThatStaysLockedIsNoFaultOfTheProgram() throws {
        let said = """
            pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout
            pg_dump: detail: Query was: LOCK TABLE public.churn IN ACCESS SHARE MODE
            """
        let failure = try #require(PostgresTrouble.program("pg_dump", "ended with status 1", said))
        #expect(failure.kind == .unreachable && failure.advice.contains("hot_standby_feedback = on"))
    }

    @Test func whatNobodyKnowsIsLeftToTheUsualWords() {
        #expect(PostgresTrouble.program("pg_dump", "ended with status 1", "pg_dump: error: something else") == nil)
    }

    @Test func onlySettingsThatTheVersionHas() {
        #expect(!PostgresVersion(13).patience.contains("set idle_session_timeout = 0"))
        #expect(PostgresVersion(14).patience.contains("set idle_session_timeout = 0"))
        #expect(!PostgresVersion(16).patience.contains("set transaction_timeout = 0"))
        #expect(PostgresVersion(18).patience.contains("set transaction_timeout = 0"))
    }
}
