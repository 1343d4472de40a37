import Audit
import Operations
import Primitives

/// What commands say of themselves to the audit log. Nothing here may fail: what cannot be found out is left out, and the command itself says why.
extension Session {
    func act(
        _ name: String, _ effect: Act.Effect, in repository: RepositoryOptions? = nil,
        by strategy: StrategyOptions? = nil, on objects: [ActObject?] = [], reason: String? = nil
    ) -> Act {
        let place = repository.flatMap { try? location($0) }.map { ActObject(.repository, $0) }
        var act = Act(name, effect, on: ([place] + objects).compactMap { $0 }, reason: reason)
        act.strategy = strategy.flatMap { try? self.strategy($0).digest }
        return act
    }

    /// A place in the file system or on a server that a command names.
    func object(_ kind: ActObject.Kind, at path: String?) -> ActObject? {
        guard let path, !path.isEmpty else { return nil }
        if surroundings.isAddress(path) { return ActObject(kind, path) }
        return (try? absolute(path)).map { ActObject(kind, bytes: $0) }
    }
}

extension ActObject {
    /// As it was given on the command line.
    init(_ kind: Kind, given text: String) { self.init(kind, bytes: ArgumentText.decode(text)) }

    init?(_ kind: Kind, given text: String?) {
        guard let text, !text.isEmpty else { return nil }
        self.init(kind, given: text)
    }

    static func all(_ kind: Kind, given texts: [String]) -> [ActObject?] { texts.map { ActObject(kind, given: $0) } }
}
