/// Every state that a protocol can come to, whoever goes on next and whoever never does again.
struct StateSpace<State: Hashable> {
    private(set) var count = 0
    /// A state that must not be, where there is one.
    private(set) var violation: State?

    init(from start: State, next: (State) -> [State], isSafe: (State) -> Bool) {
        var seen: Set<State> = [start]
        var open = [start]
        while let state = open.popLast() {
            count += 1
            guard isSafe(state) else {
                violation = state
                return
            }
            for following in next(state) where seen.insert(following).inserted { open.append(following) }
        }
    }
}

/// A set of small numbers.
struct Numbers: Hashable, ExpressibleByArrayLiteral {
    var bits: UInt32 = 0

    init(arrayLiteral elements: Int...) { for element in elements { insert(element) } }
    init(bits: UInt32) { self.bits = bits }
    init(_ numbers: some Sequence<Int>) { for number in numbers { insert(number) } }

    mutating func insert(_ number: Int) { bits |= 1 << UInt32(number) }
    mutating func remove(_ number: Int) { bits &= ~(1 << UInt32(number)) }
    func contains(_ number: Int) -> Bool { bits >> UInt32(number) & 1 == 1 }
    var isEmpty: Bool { bits == 0 }
    var members: [Int] { (0..<32).filter(contains) }
    func subtracting(_ other: Numbers) -> Numbers { Numbers(bits: bits & ~other.bits) }
    func intersection(_ other: Numbers) -> Numbers { Numbers(bits: bits & other.bits) }
    func union(_ other: Numbers) -> Numbers { Numbers(bits: bits | other.bits) }
    func isSubset(of other: Numbers) -> Bool { bits & ~other.bits == 0 }
}

/// What a collector has published of its generation.
struct PublishedGeneration: Hashable {
    var condemned: Numbers?
    var isFlagged = false
    var pardoned: Numbers?

    /// Whether a writer may not count on the pack.
    func kills(_ pack: Int, onlyFlagged: Bool) -> Bool {
        guard let condemned, condemned.contains(pack), isFlagged || !onlyFlagged else { return false }
        return pardoned?.contains(pack) != true
    }
}
