import Primitives
import StorageSFTP
import Testing

@Suite struct SFTPAddressTests {
    @Test("An address says user, host, port and directory") func parts() throws {
        let whole = try SFTPAddress.parse("sftp://backup@store.example:2222/srv/safe/hold/?config=/etc/ssh/other")
        #expect(whole.user == "backup" && whole.host == "store.example" && whole.port == 2222)
        #expect(whole.path == "/srv/safe/hold" && whole.configuration == "/etc/ssh/other")
        #expect(whole.location == "sftp://backup@store.example:2222/srv/safe/hold")
        let short = try SFTPAddress.parse("sftp://alias/~/below")
        #expect(short.user == nil && short.port == nil && short.path == "below" && short.host == "alias")
        #expect(try SFTPAddress.parse("sftp://[2001:db8::1]:22/a").host == "2001:db8::1")
    }

    @Test(
        "What ssh could take for something else is refused",
        arguments: [
            "sftp://", "sftp://host", "sftp://host/", "sftp:///path", "sftp://-oProxyCommand=x/path", "sftp://a b/c",
            "sftp://user:secret@host/path", "sftp://-l@host/path", "sftp://host:0/a", "sftp://host:x/a",
            "sftp://host/a?key=/b", "sftp://host/a?config=relative", "sftp://ho;st/a", "sftp://$(x)/a",
        ])
    func refused(_ text: String) throws {
        let failure = #expect(throws: Failure.self) { try SFTPAddress.parse(text) }
        #expect(failure?.code == .usage)
        #expect(failure?.message.contains("secret") == false)
    }
}
