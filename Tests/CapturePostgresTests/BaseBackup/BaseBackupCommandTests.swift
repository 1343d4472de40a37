import Capture
import Strategy
import Testing

@testable import CapturePostgres

/// What servers of each version are asked, and what they answer that is trouble.
@Suite struct BaseBackupCommandTests {
    private func text(
        _ major: Int, _ checkpoint: BaseBackupPlan.Checkpoint, _ log: BaseBackupPlan.Log, awaitsArchive: Bool = true
    )
        -> String
    {
        PostgresVersion(major).text(
            of: BaseBackupCommand(
                label: "it's one", checkpoint: checkpoint, log: log, awaitsArchive: awaitsArchive))
    }

    @Test(arguments: [13, 14]) func upTo14OptionsAreWords(_ major: Int) {
        #expect(
            text(major, .fast, .include)
                == "BASE_BACKUP LABEL 'it''s one' FAST WAL NOWAIT MANIFEST 'yes' MANIFEST_CHECKSUMS 'CRC32C'")
        #expect(
            text(major, .spread, .archive) == "BASE_BACKUP LABEL 'it''s one' MANIFEST 'yes' MANIFEST_CHECKSUMS 'CRC32C'"
        )
        #expect(
            PostgresVersion(major).text(ofSlot: "s") == #"CREATE_REPLICATION_SLOT "s" TEMPORARY PHYSICAL RESERVE_WAL"#)
        #expect(!PostgresVersion(major).hasOptionLists)
    }

    @Test(arguments: [15, 16, 17, 18]) func from15OnTheyAreAList(_ major: Int) {
        let common = "MANIFEST 'yes', MANIFEST_CHECKSUMS 'CRC32C', TABLESPACE_MAP false)"
        #expect(
            text(major, .fast, .include)
                == "BASE_BACKUP (LABEL 'it''s one', PROGRESS false, CHECKPOINT 'fast', WAL true, WAIT false, \(common)")
        #expect(
            text(major, .spread, .archive)
                == "BASE_BACKUP (LABEL 'it''s one', PROGRESS false, CHECKPOINT 'spread', WAL false, WAIT true, \(common)"
        )
        #expect(PostgresVersion(major).hasOptionLists)
    }

    @Test func aServerThatIsLookedAfterDoesNotWaitForItsArchive() {
        #expect(text(14, .fast, .archive, awaitsArchive: false).contains(" NOWAIT ") == true)
        #expect(text(14, .fast, .archive).contains("WAIT") == false)
        for major in [15, 18] {
            #expect(text(major, .fast, .archive, awaitsArchive: false).contains(", WAL false, WAIT false,"))
        }
    }

    @Test func sizesAsServersShowThem() {
        #expect(ClusterFormat.size("16MB") == 16 << 20)
        #expect(ClusterFormat.size("1GB") == 1 << 30)
        #expect(ClusterFormat.size("8192") == 8192)
        #expect(ClusterFormat.size("8 kB") == nil && ClusterFormat.size("") == nil)
    }

    @Test func pagesAreOfSizesThatServersAreBuiltWith() {
        for size in [1024, 8192, 32_768] as [UInt64] { #expect(ClusterFormat.pageSize(size) == size) }
        for size in [0, 1, 512, 8191, 12_288, 65_536, .max] as [UInt64] {
            #expect(ClusterFormat.pageSize(size) == nil)
        }
    }

    @Test(arguments: [
        ("FATAL:  must be superuser or replication role to start walsender", "denied"),
        ("FATAL:  permission denied to start WAL sender", "denied"),
        (
            #"FATAL:  no pg_hba.conf entry for replication connection from host "[local]", user "weak", no encryption"#,
            "denied"
        ),
        ("FATAL:  number of requested standby connections exceeds max_wal_senders (currently 0)", "unreachable"),
    ]) func connectionsThatAreRefused(_ message: String, _ kind: String) throws {
        let failure = try #require(PostgresTrouble.replicating(saying: message))
        #expect("\(failure.kind)" == kind)
    }

    @Test func otherTroubleOfConnectionsIsAnyones() {
        #expect(PostgresTrouble.replicating(saying: "FATAL:  the database system is starting up") == nil)
        #expect(PostgresTrouble.replicating(saying: "FATAL:  password authentication failed for user \"x\"") == nil)
    }

    @Test(arguments: [
        ("55000", "WAL level not sufficient for making an online backup", "failed", "wal_level = replica"),
        ("55000", "the standby was promoted during online backup", "unreachable", "tried again"),
        ("53400", "all replication slots are in use", "unreachable", "max_replication_slots"),
        (
            "58P01", "requested WAL segment 000000010000000000000002 has already been removed", "unreachable",
            "wal_keep_size"
        ),
        ("53100", "could not write to file: No space left on device", "failed", "Make room"),
        ("57P01", "terminating connection due to administrator command", "unreachable", "tried again"),
        ("42501", "permission denied", "denied", "replication"),
    ]) func commandsThatFail(_ state: String, _ message: String, _ kind: String, _ advice: String) {
        let failure = PostgresTrouble.replicating(state: state, saying: message)
        #expect("\(failure.kind)" == kind)
        #expect(failure.advice.contains(advice))
    }
}
