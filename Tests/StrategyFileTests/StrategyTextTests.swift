import Testing
@testable import StrategyFile
@Suite struct StrategyTextTests { @Test func aTreeIsRead() throws { #expect(try StrategyText.tree("a: 1") != nil) } }
