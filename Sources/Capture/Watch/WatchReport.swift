/// How changes come to be known.
package enum WatchMethod: String, Sendable, CaseIterable {
    /// The kernel tells of a whole file system.
    case fanotify
    /// The kernel tells of each directory.
    case inotify
    /// Nobody tells: what the file system says of every entry is compared with what it said before.
    case polling
}

/// In what way a root, or a file system that is mounted below it, is watched, and why.
package struct WatchReport: Sendable, Equatable {
    package var id: String
    package var path: [UInt8]
    package var method: WatchMethod
    package var exists: Bool
    /// For people: a sentence that names the path.
    package var sentence: String
}

/// Why something is polled.
enum PollingReason: Equatable {
    case fileSystem(String)
    case watchesUsedUp
    case instancesUsedUp
    case unavailable(String)
    case wished

    var text: String {
        switch self {
        case .fileSystem(let name): "\(name) does not tell what is changed by others than this host"
        case .watchesUsedUp:
            "the kernel allows this user no more watches; raise them: sysctl fs.inotify.max_user_watches=1048576"
        case .instancesUsedUp:
            "the kernel allows this user no more inotify instances; raise them: sysctl fs.inotify.max_user_instances=512"
        case .unavailable(let what): "the kernel refuses to tell of changes (\(what))"
        case .wished: "that was asked for"
        }
    }
}
