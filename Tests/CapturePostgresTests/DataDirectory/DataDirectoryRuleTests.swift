import Testing

@testable import CapturePostgres

/// What of a data directory a base backup has (PostgreSQL documentation, 55.4).
@Suite struct DataDirectoryRuleTests {
    @Test(
        arguments: [
            "PG_VERSION", "global/1262", "global/pg_filenode.map", "base/5/16389", "base/5/16389_fsm", "base/5/16389.1",
            "base/5/pg_filenode.map", "pg_xact/0000", "postgresql.auto.conf", "log/postgresql.log", "base/5/t_other",
            "PG_15_202209061/5/24576", "pg_tblspc/16400", "base/5/16390_init",
        ]) func aServersOwnFilesAreTaken(_ path: String)
    {
        #expect(DataDirectoryRule.takes(path, unlogged: ["16390"]))
    }

    @Test(
        arguments: [
            "postmaster.pid", "postmaster.opts", "backup_label", "tablespace_map", "backup_manifest",
            "postgresql.auto.conf.tmp", "current_logfiles.tmp", "global/pg_internal.init", "base/5/pg_internal.init.77",
            "base/pgsql_tmp", "base/pgsql_tmp/pgsql_tmp12.0", "base/5/t3_16389", "base/5/t3_16389_fsm",
            "base/5/t12_16389.1",
            "base/5/16390", "base/5/16390_vm", "base/5/16390.1", "PG_15_202209061/5/16390", "global/pg_control",
        ]) func whatAServerMakesAnewIsNot(_ path: String)
    {
        #expect(!DataDirectoryRule.takes(path, unlogged: ["16390"]))
    }

    @Test func unloggedRelationsAreThoseWithAnInitialFork() {
        let names = ["16389", "16390", "16390_init", "16390_fsm", "16391_init.1", "x_init", "pg_init"]
        #expect(DataDirectoryRule.unlogged(names) == ["16390", "16391"])
    }

    @Test func directoriesOfTheMomentAreEmpty() {
        for path in ["pg_replslot", "pg_stat_tmp", "pg_notify", "pg_subtrans"] {
            #expect(DataDirectoryRule.isEmptied(path) && DataDirectoryRule.holdsNothing(path))
        }
        #expect(DataDirectoryRule.isEmptied("pg_wal/archive_status") && !DataDirectoryRule.holdsNothing("pg_wal"))
        #expect(!DataDirectoryRule.isEmptied("pg_xact") && !DataDirectoryRule.isEmptied("base/5"))
    }
}
