import Primitives
import Testing

@testable import TransparencyLog

@Suite struct CheckpointTests {
    private static let example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    @Test("The specification's checkpoint is read and written") func specification() throws {
        let checkpoint = try Checkpoint(parsing: Self.example.bytes)
        #expect(checkpoint.origin.description == "example.com/behind-the-sofa" && checkpoint.tree.size == 20_852_163)
        #expect(checkpoint.tree.root.hex.hasPrefix("0ac5186a9186") && checkpoint.extensions.isEmpty)
        #expect(checkpoint.text == Self.example.bytes)
        let longer = try Checkpoint(parsing: (Self.example + "more\nand more\n").bytes)
        #expect(longer.extensions.map(\.description) == ["more", "and more"])
        #expect(longer.text == (Self.example + "more\nand more\n").bytes)
    }

    @Test(
        "What is no checkpoint is refused",
        arguments: [
            "", "a\n", "a\n1\n", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n \nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I= \n",
        ])
    func noCheckpoint(_ text: String) { #expect(throws: EncodingError.self) { try Checkpoint(parsing: text.bytes) } }
}
