/// The protocol around packs of several chunks: collectors move what is left of a pack into a new one, an old snapshot may be dropped at
/// any moment, and writers begin with a memory that says that everything is in pack 0.
struct ManyChunksModel: Hashable {
    struct Rules {
        var looksAfterPreparing = true
        /// Whether a generation begins only when the one before is done.
        var isSerial = true
        var mostTries = 2
    }

    enum WriterStep: Hashable { case choose, upload, prepare, confirm, done }
    enum CollectorStep: Hashable { case mark, condemn, flag, pardon, remove, done }

    struct Writer: Hashable {
        var step = WriterStep.choose
        var wants: Numbers
        /// Where each wanted chunk is thought to be; nil where it has to be stored.
        var places: [Int: Int] = [:]
        var missing: Numbers = []
        var tries = 0
        var isPrepared = false
        var isConfirmed = false
    }

    struct Collector: Hashable {
        var step = CollectorStep.mark
        var packs: Numbers = []
    }

    struct Move: Hashable {
        var chunk: Int
        var from: Int
    }

    /// What each pack ever held, by its number.
    var contents: [Numbers] = [[0, 1]]
    var packs: Numbers = [0]
    var generations: [PublishedGeneration]
    var moves: [Move: Int] = [:]
    var isOldDropped = false
    var writers: [Writer]
    var collectors: [Collector]

    init(wants: [Numbers], generations: Int) {
        writers = wants.map { Writer(wants: $0) }
        collectors = Array(repeating: Collector(), count: generations)
        self.generations = Array(repeating: PublishedGeneration(), count: generations)
    }

    private var there: Numbers { packs.members.reduce(into: []) { $0 = $0.union(contents[$1]) } }

    /// The old snapshot needs chunk 0.
    var isSafe: Bool {
        let there = there
        return (isOldDropped || there.contains(0))
            && writers.allSatisfy { !$0.isConfirmed || $0.wants.isSubset(of: there) }
    }

    func next(_ rules: Rules) -> [ManyChunksModel] {
        var following: [ManyChunksModel] = []
        if !isOldDropped {
            var state = self
            state.isOldDropped = true
            following.append(state)
        }
        for writer in writers.indices { following += advance(writer: writer, rules) }
        for collector in collectors.indices
        where collector == 0 || !rules.isSerial || collectors[collector - 1].step == .done {
            following += advance(collector: collector)
        }
        return following
    }

    // MARK: Writers

    /// Where a chunk is to be found, following moves out of packs that are dead; nil when it is nowhere to be counted on.
    private func resolve(_ chunk: Int, _ pack: Int, onlyFlagged: Bool) -> Int? {
        var pack = pack
        var seen: Numbers = []
        while generations.contains(where: { $0.kills(pack, onlyFlagged: onlyFlagged) }) {
            seen.insert(pack)
            guard let moved = moves[Move(chunk: chunk, from: pack)], !seen.contains(moved) else { return nil }
            pack = moved
        }
        return pack
    }

    private func advance(writer: Int, _ rules: Rules) -> [ManyChunksModel] {
        var state = self
        switch writers[writer].step {
        case .choose, .confirm: return look(writer: writer, rules)
        case .upload:
            for chunk in writers[writer].missing.members { state.writers[writer].places[chunk] = contents.count }
            state.packs.insert(contents.count)
            state.contents.append(writers[writer].missing)
            state.writers[writer].missing = []
            state.writers[writer].step = writers[writer].isPrepared ? .confirm : .prepare
        case .prepare:
            state.writers[writer].isPrepared = true
            state.writers[writer].step = .confirm
        case .done: return []
        }
        return [state]
    }

    private func look(writer: Int, _ rules: Rules) -> [ManyChunksModel] {
        var state = self
        let isLast = writers[writer].step == .confirm
        var places: [Int: Int] = [:]
        var missing: Numbers = []
        for chunk in writers[writer].wants.members {
            if let place = resolve(chunk, writers[writer].places[chunk] ?? 0, onlyFlagged: isLast) {
                places[chunk] = place
            } else {
                missing.insert(chunk)
            }
        }
        if isLast, !rules.looksAfterPreparing { missing = [] }
        if !missing.isEmpty {
            guard writers[writer].tries < rules.mostTries else { return [] }
            state.writers[writer].tries += 1
            (state.writers[writer].places, state.writers[writer].missing) = (places, missing)
            state.writers[writer].step = .upload
        } else if isLast {
            state.writers[writer].isConfirmed = true
            state.writers[writer].places = [:]
            state.writers[writer].step = .done
        } else {
            state.writers[writer].places = places
            state.writers[writer].step = .prepare
        }
        return [state]
    }

    // MARK: Collectors

    private var roots: Numbers {
        writers.reduce(into: isOldDropped ? [] : [0]) { if $1.isPrepared { $0 = $0.union($1.wants) } }
    }

    private func advance(collector: Int) -> [ManyChunksModel] {
        var state = self
        let condemned = generations[collector].condemned ?? []
        switch collectors[collector].step {
        case .mark:
            state.collectors[collector] = Collector(step: .condemn, packs: state.compact())
        case .condemn:
            state.generations[collector].condemned = collectors[collector].packs
            state.collectors[collector].step = .flag
        case .flag:
            state.generations[collector].isFlagged = true
            state.collectors[collector].step = .pardon
        case .pardon:
            let pardoned = pardoned(of: condemned)
            state.generations[collector].pardoned = pardoned
            state.collectors[collector] = Collector(step: .remove, packs: condemned.subtracting(pardoned))
        case .remove:
            if collectors[collector].packs.isEmpty { state.collectors[collector].step = .done; break }
            return collectors[collector].packs.members.map { pack in
                var state = self
                state.packs.remove(pack)
                state.collectors[collector].packs.remove(pack)
                return state
            }
        case .done: return []
        }
        return [state]
    }

    /// Moves what is needed out of packs that are needed in part; returns what is to be condemned.
    private mutating func compact() -> Numbers {
        var condemned: Numbers = []
        let roots = roots
        for pack in packs.members {
            let live = contents[pack].intersection(roots)
            if live == contents[pack] { continue }
            condemned.insert(pack)
            if live.isEmpty { continue }
            for chunk in live.members { moves[Move(chunk: chunk, from: pack)] = contents.count }
            packs.insert(contents.count)
            contents.append(live)
        }
        return condemned
    }

    private func pardoned(of condemned: Numbers) -> Numbers {
        var pardoned: Numbers = []
        for pack in packs.members where condemned.contains(pack) {
            let isNeeded = contents[pack].intersection(roots).members.contains { chunk in
                !packs.members.contains { !condemned.contains($0) && contents[$0].contains(chunk) }
            }
            if isNeeded { pardoned.insert(pack) }
        }
        return pardoned
    }
}
