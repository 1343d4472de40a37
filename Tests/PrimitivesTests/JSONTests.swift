import Primitives
import Testing

@Suite struct JSONTests {
    @Test("Every control character is escaped") func quoting() {
        #expect(JSON.text("a\"b\\c\n\t\u{1}\u{7F}é").encoded == #""a\"b\\c\n\t\u0001\u007fé""#)
    }

    @Test("A path that is not UTF-8 comes with its bytes") func paths() {
        var object = JSONObject()
        object.set("path", path: [0x2F, 0xFF, 0x41])
        #expect(object.value.encoded == #"{"path":"/\#u{FFFD}A","path_base64":"L/9B"}"#)
    }

    @Test("Base64 as RFC 4648, section 10, has it") func base64() {
        let vectors = [
            "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
            "foobar": "Zm9vYmFy",
        ]
        for (plain, encoded) in vectors { #expect(Base64.encode(Array(plain.utf8)) == encoded) }
    }
}
