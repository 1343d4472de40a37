import Primitives

@testable import Identity

/// What happened, in order. The model decides by reading all of it anew each time, and knows nothing of books and directories.
enum ApprovalEvent {
    case asked(request: Int, by: Int, plan: Int)
    case agreed(request: Int, by: Int)
    case tookBack(request: Int, by: Int)
    case withdrew(request: Int)
    case executed(request: Int)
    case gotRole(person: Int, from: Int?)
    case lostRole(person: Int)
    case deleted(person: Int)
    case enrolled(person: Int)
    /// Of the clocks between two looks at them: what has passed for certain, and what the wall clock says.
    case passed(certain: Duration, wall: Duration)
}

/// Four eyes as a naive reader of the history has it.
struct ApprovalModel {
    var history: [ApprovalEvent] = []
    let approvers: Int
    let lifetime, coolingOff, waiting: Duration

    mutating func note(_ event: ApprovalEvent) { history.append(event) }

    private func places(_ isWanted: (ApprovalEvent) -> Bool) -> [Int] {
        history.indices.filter { isWanted(history[$0]) }
    }

    private func asked(_ request: Int) -> (place: Int, by: Int, plan: Int)? {
        for (place, event) in history.enumerated() {
            if case .asked(request, let by, let plan) = event { return (place, by, plan) }
        }
        return nil
    }

    private func certain(_ range: Range<Int>) -> Duration {
        history[range].reduce(.zero) { if case .passed(let certain, _) = $1 { $0 + certain } else { $0 } }
    }

    private func most(_ range: Range<Int>) -> Duration {
        history[range].reduce(.zero) {
            if case .passed(let certain, let wall) = $1 { $0 + max(certain, wall) } else { $0 }
        }
    }

    /// Whether somebody is there, at a place of the history.
    func isThere(_ person: Int, at place: Int) -> Bool {
        var isThere = true
        for event in history[..<place] {
            if case .deleted(person) = event { isThere = false }
            if case .enrolled(person) = event { isThere = true }
        }
        return isThere
    }

    /// Where he got the role that he has at a place of the history; nil when he has none.
    func role(of person: Int, at place: Int) -> (place: Int, from: Int?)? {
        var found: (Int, Int?)?
        for (here, event) in history[..<place].enumerated() {
            switch event {
            case .gotRole(person, let from): found = (here, from)
            case .lostRole(person), .deleted(person): found = nil
            default: break
            }
        }
        return found
    }

    func isOpen(_ request: Int) -> Bool {
        guard let asked = asked(request) else { return false }
        let isClosed = history.contains {
            switch $0 {
            case .withdrew(request), .executed(request): true
            default: false
            }
        }
        return !isClosed && most(asked.place..<history.count) <= lifetime
    }

    func mayAsk(_ person: Int) -> Bool {
        isThere(person, at: history.count) && role(of: person, at: history.count) != nil
    }

    /// Whether what he said at a place counts now.
    private func counts(_ person: Int, saidAt place: Int, _ request: Int) -> Bool {
        guard let asked = asked(request), person != asked.by, isThere(person, at: history.count),
            let now = role(of: person, at: history.count), now.place < place, now.from != asked.by
        else { return false }
        return now.from == nil || certain(now.place..<place) >= waiting
    }

    /// Where he agreed without taking it back since.
    private func agreement(_ request: Int, _ person: Int) -> Int? {
        let agreed = places { if case .agreed(request, person) = $0 { true } else { false } }.last
        let took = places { if case .tookBack(request, person) = $0 { true } else { false } }.last ?? -1
        return agreed.flatMap { $0 > took ? $0 : nil }
    }

    func mayAgree(_ request: Int, _ person: Int, plan: Int) -> Bool {
        guard isOpen(request), asked(request)?.plan == plan, counts(person, saidAt: history.count, request) else {
            return false
        }
        return agreement(request, person).map { !counts(person, saidAt: $0, request) } ?? true
    }

    func mayTakeBack(_ request: Int, _ person: Int) -> Bool { isOpen(request) && agreement(request, person) != nil }

    func mayWithdraw(_ request: Int, _ person: Int) -> Bool {
        isOpen(request) && (asked(request)?.by == person || mayAsk(person))
    }

    func mayExecute(_ request: Int, _ person: Int, plan: Int, among people: Range<Int>) -> Bool {
        guard isOpen(request), let asked = asked(request), asked.plan == plan, mayAsk(person), mayAsk(asked.by),
            certain(asked.place..<history.count) >= coolingOff
        else { return false }
        let counted = people.filter { other in
            other != person && agreement(request, other).map { counts(other, saidAt: $0, request) } ?? false
        }
        return counted.count >= approvers
    }
}
