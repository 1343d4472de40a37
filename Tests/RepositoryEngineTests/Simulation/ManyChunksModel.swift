/// The protocol around packs of several chunks: collectors move what is left of a pack into a new one, an old snapshot may be dropped at
/// any moment, and writers begin with a memory that says that everything is in pack 0.
struct ManyChunksModel: Hashable {
    struct Rules {
        var looksAfterPreparing = true
        /// Whether a generation begins only when the one before is done.
        var isSerial = true
        var mostTries = 2
        /// Whether writers look for chunks where they were moved to. Ours do not: they store them again.
        var followsMoves = true
        /// Whether chunks are moved before their packs are condemned, and pardoned where they are not elsewhere yet.
        var movesFirst = true
        /// How often a collector that dies between moving and condemning leaves its packs to the next.
        var mostDeaths = 0
    }

    enum WriterStep: Hashable { case choose, upload, prepare, confirm, done }
    enum CollectorStep: Hashable { case mark, move, condemn, flag, pardon, remove, done }

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
        /// What is to be moved out of each.
        var plan: [Int: Numbers] = [:]
        var deaths = 0
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
            following += advance(collector: collector, rules)
        }
        return following
    }

    // MARK: Writers

    /// Where a chunk is to be found, following moves out of packs that are dead; nil when it is nowhere to be counted on.
    private func resolve(_ chunk: Int, _ pack: Int, onlyFlagged: Bool, _ rules: Rules) -> Int? {
        var pack = pack
        var seen: Numbers = []
        while generations.contains(where: { $0.kills(pack, onlyFlagged: onlyFlagged) }) {
            seen.insert(pack)
            guard rules.followsMoves, let moved = moves[Move(chunk: chunk, from: pack)], !seen.contains(moved) else {
                return nil
            }
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
            if let place = resolve(chunk, writers[writer].places[chunk] ?? 0, onlyFlagged: isLast, rules) {
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

    private func advance(collector: Int, _ rules: Rules) -> [ManyChunksModel] {
        var state = self
        let condemned = generations[collector].condemned ?? []
        let current = collectors[collector]
        switch current.step {
        case .mark:
            state.collectors[collector].plan = compaction
            state.collectors[collector].packs = Numbers(compaction.keys)
            state.collectors[collector].step = rules.movesFirst ? .move : .condemn
        case .move: return moved(by: collector, rules)
        case .condemn:
            state.generations[collector].condemned = current.packs
            state.collectors[collector].step = .flag
            if rules.movesFirst, current.deaths < rules.mostDeaths {
                var again = self
                again.collectors[collector] = Collector(deaths: current.deaths + 1)
                return [state, again]
            }
        case .flag:
            state.generations[collector].isFlagged = true
            state.collectors[collector].step = .pardon
        case .pardon:
            let pardoned = pardoned(of: condemned, trusting: rules.movesFirst ? [:] : current.plan)
            state.generations[collector].pardoned = pardoned
            state.collectors[collector].packs = condemned.subtracting(pardoned)
            state.collectors[collector].step = rules.movesFirst ? .remove : .move
        case .remove:
            if current.packs.isEmpty {
                state.collectors[collector] = Collector(step: .done)
                break
            }
            return current.packs.members.map { pack in
                var state = self
                state.packs.remove(pack)
                state.collectors[collector].packs.remove(pack)
                return state
            }
        case .done: return []
        }
        return [state]
    }

    /// What is to be condemned: packs that are needed in part or not at all, with what is to be moved out of them.
    private var compaction: [Int: Numbers] {
        let roots = roots
        var plan: [Int: Numbers] = [:]
        for pack in packs.members {
            let live = contents[pack].intersection(roots)
            if live != contents[pack] { plan[pack] = live }
        }
        return plan
    }

    /// Writes the new packs. Who moves last may die first: then somebody goes on who knows the published lists only.
    private func moved(by collector: Int, _ rules: Rules) -> [ManyChunksModel] {
        var state = self
        for (pack, live) in collectors[collector].plan.sorted(by: { $0.key < $1.key }) where !live.isEmpty {
            guard packs.contains(pack) else { continue }
            for chunk in live.members { state.moves[Move(chunk: chunk, from: pack)] = state.contents.count }
            state.packs.insert(state.contents.count)
            state.contents.append(live)
        }
        state.collectors[collector].step = rules.movesFirst ? .condemn : .remove
        state.collectors[collector].plan = [:]
        if rules.movesFirst { return [state] }
        var another = self
        another.collectors[collector].step = .remove
        return [state, another]
    }

    private func pardoned(of condemned: Numbers, trusting plan: [Int: Numbers]) -> Numbers {
        var pardoned: Numbers = []
        for pack in packs.members where condemned.contains(pack) {
            let needed = contents[pack].intersection(roots).subtracting(plan[pack] ?? [])
            let isNeeded = needed.members.contains { chunk in
                !packs.members.contains { !condemned.contains($0) && contents[$0].contains(chunk) }
            }
            if isNeeded { pardoned.insert(pack) }
        }
        return pardoned
    }
}
