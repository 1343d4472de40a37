import Strategy
import Testing

@testable import CapturePostgres

/// The words by which a server is reached (COMP-4).
@Suite struct ConnectionStringTests {
    @Test func whatIsNotSaidIsLeftToLibpq() {
        #expect(
            ConnectionString(PostgresPlan(database: "iqhis")).text
                == "dbname='iqhis' application_name='safehold' connect_timeout='15'")
    }

    @Test func aNameIsANameWhateverIsInIt() {
        var plan = PostgresPlan(database: "host=evil password='x'")
        plan.user = #"back\up"#
        #expect(ConnectionString(plan).text.hasPrefix(#"user='back\\up' dbname='host=evil password=\'x\''"#))
    }

    @Test func allThatIsSaidStandsInIt() {
        var plan = PostgresPlan(database: "iqhis")
        (plan.service, plan.host, plan.port) = ("ward", "/run/postgresql", 5433)
        (plan.user, plan.passwordFile) = ("safehold", "/etc/safehold/pgpass")
        #expect(
            ConnectionString(plan).text.hasPrefix(
                "service='ward' host='/run/postgresql' port='5433' user='safehold' passfile='/etc/safehold/pgpass' dbname='iqhis'"
            ))
    }

    @Test func aCopyOfTheServerIsOfNoDatabase() {
        #expect(
            ConnectionString(PostgresPlan(database: "iqhis"), isReplicating: true).text
                == "dbname='replication' replication='true' application_name='safehold' connect_timeout='15'")
    }

    @Test func identifiersAndTextsAreQuoted() {
        #expect(quotedIdentifier(#"a"b"#) == #""a""b""#)
        #expect(quotedText("it's") == "'it''s'")
    }
}
