import Storage
import Testing

@Suite struct ObjectNameTests {
    @Test(arguments: ["FORMAT", "a/b", "keys/domains/00/0000000001/slots/ff", "x.y", "a_b-c/D"])
    func goodNames(_ path: String) { #expect(ObjectName(path).isValid) }

    @Test(arguments: [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", ".hidden", "a/.b", "a b", "a\\b", "ä", "a\n", "a\0",
    ])
    func badNames(_ path: String) { #expect(!ObjectName(path).isValid) }

    @Test func theLastComponent() {
        #expect(ObjectName("a/b/c").lastComponent == "c")
        #expect(ObjectName("c").lastComponent == "c")
    }
}
