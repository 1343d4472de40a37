/// The protocol around one chunk: writers that each want a confirmed snapshot of it, collectors that wait for nobody and condemn every
/// pack that no snapshot names, packs under way among them. Pack 0 has the chunk and is in no snapshot.
struct OneChunkModel: Hashable {
    enum Rule: Hashable { case everything, noLookBeforePreparing, noLookAfterPreparing, listsBeforeFlag }
    enum WriterStep: Hashable { case choose, upload, check, prepare, confirm, done }
    enum CollectorStep: Hashable { case condemn, flag, pardon, remove }

    struct Writer: Hashable {
        var step = WriterStep.choose
        var pack = 0
        var tries = 0
    }

    struct Collector: Hashable {
        var step = CollectorStep.condemn
        var early: Numbers = []
        var doomed: Numbers = []
    }

    var packs: Numbers = [0]
    var nextPack = 1
    var generations: [PublishedGeneration]
    /// Packs that snapshots name.
    var prepared: Numbers = []
    var confirmed: Numbers = []
    var writers: [Writer]
    var collectors: [Collector]

    init(writers: Int, collectors: Int) {
        self.writers = Array(repeating: Writer(), count: writers)
        self.collectors = Array(repeating: Collector(), count: collectors)
        generations = Array(repeating: PublishedGeneration(), count: collectors)
    }

    var isSafe: Bool { confirmed.isSubset(of: packs) }

    func next(_ rule: Rule, mostTries: Int) -> [OneChunkModel] {
        writers.indices.flatMap { advance(writer: $0, rule, mostTries) }
            + collectors.indices.flatMap { advance(collector: $0, rule) }
    }

    private func isDead(_ pack: Int, onlyFlagged: Bool) -> Bool {
        generations.contains { $0.kills(pack, onlyFlagged: onlyFlagged) }
    }

    private func with(writer: Int, _ step: WriterStep, _ change: (inout OneChunkModel) -> Void = { _ in })
        -> OneChunkModel
    {
        var state = self
        state.writers[writer].step = step
        change(&state)
        return state
    }

    private func advance(writer: Int, _ rule: Rule, _ mostTries: Int) -> [OneChunkModel] {
        let current = writers[writer]
        let again =
            current.tries < mostTries ? [with(writer: writer, .upload) { $0.writers[writer].tries += 1 }] : []
        switch current.step {
        case .choose:
            let usable = packs.members.filter { !isDead($0, onlyFlagged: false) }
            return usable.map { pack in with(writer: writer, .check) { $0.writers[writer].pack = pack } }
                + [with(writer: writer, .upload)]
        case .upload:
            return [
                with(writer: writer, .check) { state in
                    state.packs.insert(nextPack)
                    state.writers[writer].pack = nextPack
                    state.nextPack += 1
                }
            ]
        case .check:
            if rule != .noLookBeforePreparing, isDead(current.pack, onlyFlagged: false) { return again }
            return [with(writer: writer, .prepare)]
        case .prepare: return [with(writer: writer, .confirm) { $0.prepared.insert(current.pack) }]
        case .confirm:
            if rule != .noLookAfterPreparing, isDead(current.pack, onlyFlagged: true) { return again }
            return [with(writer: writer, .done) { $0.confirmed.insert(current.pack) }]
        case .done: return []
        }
    }

    private func advance(collector: Int, _ rule: Rule) -> [OneChunkModel] {
        var state = self
        let current = collectors[collector]
        switch current.step {
        case .condemn:
            state.generations[collector].condemned = packs.subtracting(prepared)
            state.collectors[collector].step = .flag
        case .flag:
            state.collectors[collector].early = prepared
            state.generations[collector].isFlagged = rule != .listsBeforeFlag
            state.collectors[collector].step = .pardon
        case .pardon:
            let condemned = generations[collector].condemned ?? []
            let pardoned = condemned.intersection(rule == .listsBeforeFlag ? current.early : prepared)
            state.generations[collector].isFlagged = true
            state.generations[collector].pardoned = pardoned
            state.collectors[collector].doomed = condemned.subtracting(pardoned)
            state.collectors[collector].step = .remove
        case .remove:
            return current.doomed.members.map { pack in
                var state = self
                state.packs.remove(pack)
                state.collectors[collector].doomed.remove(pack)
                return state
            }
        }
        return [state]
    }
}
