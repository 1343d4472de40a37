import ArgumentParser
import Identity
import Operations
import Primitives
import Sealing

/// How somebody shows who he is, where nobody can be asked. FILE may be a descriptor: /dev/fd/3.
struct CredentialOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("The file with the password. Default: asks.", valueName: "file"),
        completion: .file())
    var passwordFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The file with the authenticator's code, or a recovery code.", valueName: "file"),
        completion: .file())
    var codeFile: String?

    func password(_ session: Session) throws -> SecretBytes {
        try Secrets.read(passwordFile, "Password: ", "--password-file", session)
    }

    func code(_ session: Session) throws -> String {
        try Secrets.code(codeFile, "Code (none the first time): ", session)
    }
}

/// Secrets as commands get and give them.
enum Secrets {
    static func read(
        _ file: String?, _ prompt: String, _ option: String, _ session: Session
    ) throws -> SecretBytes {
        if let file { return try Passphrase.read(file: try session.text(try session.absolute(file))) }
        guard let secret = session.surroundings.terminal.readSecret(prompt) else {
            throw Failure(
                .passphraseMissing, "There is no terminal to ask at.",
                advice: "Pass \(option) FILE; a descriptor is /dev/fd/3. Secrets are never given as arguments.")
        }
        return secret
    }

    static func code(_ file: String?, _ prompt: String, _ session: Session) throws -> String {
        let secret = try read(file, prompt, "--code-file", session)
        return secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// A new one, asked for twice.
    static func choose(_ file: String?, _ option: String, _ session: Session) throws -> SecretBytes {
        let first = try read(file, "New password: ", option, session)
        guard file == nil else { return first }
        let second = try read(nil, "The same again: ", option, session)
        guard first.isEqual(to: second) else {
            throw Failure(.usage, "The two passwords differ.", advice: "Run the command again. Nothing was changed.")
        }
        return first
    }

    /// Shows what is shown once: in files of a folder, or on the terminal and nowhere else.
    static func handOver(_ items: [(name: String, text: String)], to folder: String?, _ session: Session) throws {
        if let folder {
            let path = try session.text(try session.absolute(folder))
            try LocalFile.makeDirectories(path)
            for item in items { try NamedFile.create(path + "/" + item.name, item.text + "\n", mode: 0o600) }
            guard !session.output.json, !session.output.quiet else { return }
            session.output.lines(items.map { "Written: \(path)/\($0.name)" })
        } else {
            for item in items {
                session.output.lines(["\(item.name):"] + item.text.split(separator: "\n").map { "  " + $0 })
            }
        }
    }

    /// Throws where what is shown once would be written into a log or a pipe.
    static func requireSomewhere(_ folder: String?, _ session: Session) throws {
        guard folder == nil else { return }
        guard !session.output.json, session.surroundings.terminal.width(Output.results) > 0 else {
            throw Failure(
                .usage, "What is shown once here goes to a terminal, or into files.",
                advice: "Pass --handover DIR: the files there are readable by you only.")
        }
    }
}
