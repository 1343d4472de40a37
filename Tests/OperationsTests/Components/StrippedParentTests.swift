import TestSupport
import Testing

@testable import Operations

@Suite("What is above a component") struct StrippedParentTests {
    @Test(
        "is what all its paths begin with, by whole names",
        arguments: [
            (["srv/ward/docs"], "srv/ward/docs"), (["srv/ward/docs", "srv/ward/plans"], "srv/ward"),
            (["srv/ward", "srv/ward-7"], "srv"), (["srv/a", "etc/a"], ""), (["srv/ward", "srv/ward/docs"], "srv/ward"),
            ([], ""),
        ]) func common(_ paths: [String], _ parent: String)
    {
        #expect(StrippedParent.common(paths.map { Array($0.utf8) }) == Array(parent.utf8))
    }
}
