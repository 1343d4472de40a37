import TestSupport
import Testing

/// The protocol of commit and collection, every state of it for a few writers and collectors; and what each of its rules is there for.
@Suite("Every state of the protocol") struct ProtocolModelTests {
    private func oneChunk(_ writers: Int, _ collectors: Int, _ rule: OneChunkModel.Rule, tries: Int = 1)
        -> StateSpace<OneChunkModel>
    {
        StateSpace(
            from: OneChunkModel(writers: writers, collectors: collectors),
            next: { $0.next(rule, mostTries: tries) }, isSafe: \.isSafe)
    }

    @Test("keeps what was confirmed, even where collectors wait for nobody", arguments: [(1, 1), (2, 1), (1, 2)])
    func oneChunkIsSafe(_ writers: Int, _ collectors: Int) {
        let space = oneChunk(writers, collectors, .everything)
        #expect(space.violation == nil && space.count > 50)
    }

    @Test("is a million and more for two of each, and keeps it", .enabled(if: Soak.isOn, "by make soak"))
    func twoOfEach() {
        #expect(oneChunk(2, 2, .everything).violation == nil)
    }

    @Test("does not need the look before preparing: that only saves work") func lookBefore() {
        #expect(oneChunk(2, 1, .noLookBeforePreparing).violation == nil)
    }

    @Test(
        "loses a chunk where a writer does not look after preparing, or a collector lists before its flag",
        arguments: [OneChunkModel.Rule.noLookAfterPreparing, .listsBeforeFlag])
    func oneChunkMutants(_ rule: OneChunkModel.Rule) {
        #expect(oneChunk(1, 1, rule).violation != nil)
    }

    private func manyChunks(_ wants: [Numbers], generations: Int, _ rules: ManyChunksModel.Rules)
        -> StateSpace<ManyChunksModel>
    {
        StateSpace(
            from: ManyChunksModel(wants: wants, generations: generations), next: { $0.next(rules) }, isSafe: \.isSafe)
    }

    @Test(
        "keeps every chunk while packs are rewritten and an old snapshot is dropped",
        arguments: [
            ([[0, 1]], 1, 2), ([[1]], 2, 2), ([[0]], 2, 2), ([[0, 1], [1]], 2, 1), ([[0], [1]], 2, 1),
        ] as [([Numbers], Int, Int)])
    func manyChunksAreSafe(_ wants: [Numbers], _ generations: Int, _ tries: Int) {
        let space = manyChunks(wants, generations: generations, ManyChunksModel.Rules(mostTries: tries))
        #expect(space.violation == nil && space.count > 50)
    }

    @Test(
        "keeps every chunk where writers do not follow moves, and a collector dies after it moved",
        arguments: [([[0, 1]], 1, 2), ([[1]], 2, 1), ([[0], [1]], 1, 1)] as [([Numbers], Int, Int)])
    func movesThatNobodyFollows(_ wants: [Numbers], _ generations: Int, _ tries: Int) {
        let rules = ManyChunksModel.Rules(mostTries: tries, followsMoves: false, mostDeaths: 1)
        let space = manyChunks(wants, generations: generations, rules)
        #expect(space.violation == nil && space.count > 50)
    }

    @Test("loses a chunk where packs are condemned, and counted as moved, before they are moved") func movesLast() {
        let rules = ManyChunksModel.Rules(followsMoves: false, movesFirst: false)
        let space = manyChunks([[0, 1]], generations: 1, rules)
        #expect(space.violation != nil)
        print("moving last: found after \(space.count) states")
    }

    @Test("loses a chunk where a writer does not look after preparing") func manyChunksWithoutLook() {
        let rules = ManyChunksModel.Rules(looksAfterPreparing: false)
        #expect(manyChunks([[0, 1]], generations: 1, rules).violation != nil)
    }

    @Test("loses a chunk where two generations rewrite packs at once") func concurrentGenerations() {
        let rules = ManyChunksModel.Rules(isSerial: false, mostTries: 1)
        #expect(manyChunks([[0], [1]], generations: 2, rules).violation != nil)
    }
}
