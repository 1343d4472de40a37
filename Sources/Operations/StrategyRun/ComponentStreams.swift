import Capture
import Primitives
import Strategy

/// The streams that a component is made of, and the moments of its databases, which are held until `release`.
struct ComponentStreams {
    private(set) var files: [StreamedFile] = []
    private(set) var trees: [StreamedTree] = []
    private var held: [any HeldDatabase] = []

    /// Throws where a database cannot be held: then none is.
    init(_ component: ComponentPlan, stamp: SetStamp, surroundings: Surroundings) throws {
        if let plan = component.baseBackup {
            let source = surroundings.copyPostgres(plan, "safehold \(component.name) \(stamp)")
            trees = [StreamedTree(path: Array("/\(component.name)".utf8), source: source)]
        }
        for stream in component.streams {
            let source = CommandStream(
                stream.command, settings: ["SAFEHOLD_COMPONENT=\(component.name)", "SAFEHOLD_SET=\(stamp)"],
                patience: stream.patience)
            files.append(StreamedFile(path: component.streamPath(stream.file), source: source))
        }
        for plan in component.sqlite {
            do {
                let source = try surroundings.copySQLite(plan, surroundings.scratch)
                files.append(StreamedFile(path: component.streamPath(plan.file), source: source))
            } catch {
                throw Failure(error, about: "The database \(plan.path) could not be read")
            }
        }
        for plan in component.postgres {
            do {
                let database = try surroundings.holdPostgres(plan)
                held.append(database)
                files += database.files.map { StreamedFile(path: component.streamPath($0.name), source: $0.source) }
            } catch {
                release()
                throw Failure(error, about: "The database '\(plan.database)' could not be read")
            }
        }
    }

    var remarks: [String] { held.flatMap(\.remarks) }

    func release() { for database in held { database.release() } }
}
