import ArgumentParser
import Identity
import Operations
import Primitives
import Sealing
import Service

/// Does for other accounts what they ask the daemon for, as the commands do it at the host: through the same door, and into the same
/// audit log, in the name of whom the kernel says that they are.
struct PeerDesk: Sendable {
    let surroundings: Surroundings
    let strategyFile: String

    static let busy = PeerAnswer(
        status: Failure.Code.stateBusy.class.exitStatus, messages: "safehold: The daemon has too many visitors.\n"
    ).bytes

    func answer(_ peer: Peer, _ line: [UInt8]) -> [UInt8] {
        let said = Output.Said()
        let json = (try? JSON(parsing: line))?["json"]?.flag ?? false
        do {
            let request = try PeerRequest(parsing: line)
            let isRun = if case .run = request { true } else { false }
            let output = Output(json: json, quiet: json && isRun, verbose: false, into: said)
            let status = try answer(peer, request, output, json: json)
            return PeerAnswer(status: status, results: said.results, messages: said.messages).bytes
        } catch {
            let output = Output(json: json, quiet: false, verbose: false, into: said)
            let failure =
                error as? Failure
                ?? Failure(.usage, "The daemon was asked for nothing that it does.", advice: "Use 'safehold ask'.")
            let status = output.failure(failure)
            return PeerAnswer(status: status, results: said.results, messages: said.messages).bytes
        }
    }

    private func answer(_ peer: Peer, _ request: PeerRequest, _ output: Output, json: Bool) throws -> Int32 {
        var inside = surroundings.ofPeer(peer.uid)
        try admit(peer)
        let typed = Monitor(request.typed)
        let isInterrupted = surroundings.terminal.isInterrupted
        inside.terminal = Terminal(
            width: { _ in 0 },
            readSecret: { _ in
                guard var bytes = typed.withLock({ $0.isEmpty ? nil : Array($0.removeFirst().utf8) }) else {
                    return nil
                }
                return SecretBytes(consuming: &bytes)
            }, isInterrupted: isInterrupted)
        let command = try SafeholdCommand.parseAsRoot(request.words(strategy: strategyFile))
        guard let verb = command as? any Verb else { throw EncodingError("is no command") }
        return Program.run(verb, inside, output)
    }

    /// As long as there are no persons, who runs the daemon is the owner, and nobody else is.
    private func admit(_ peer: Peer) throws {
        guard peer.uid != 0, peer.uid != surroundings.uid else { return }
        guard try surroundings.identity.isFounded() else {
            throw Failure(
                .notPermitted, "This host has no directory of persons, so its daemon listens to its own account only.",
                advice: "'safehold users found', at the host, begins one.")
        }
    }
}

extension Surroundings {
    /// The same place, with somebody else in it: his name, his session, and his user id in the audit log.
    fileprivate func ofPeer(_ uid: UInt32) -> Surroundings {
        var inside = self
        let visitor = visitor(uid)
        inside.user = visitor.name
        inside.recorder = visitor.recorder
        inside.serviceFile = nil
        inside.sessionFile = "\(hostState.root)/sessions/\(uid)"
        inside.door = IdentityDoor(inside.identity)
        return inside
    }
}
