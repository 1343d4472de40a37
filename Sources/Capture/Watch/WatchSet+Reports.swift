extension WatchSet {
    /// One for each root, in their order of paths, and one for each file system below it that is watched in another way.
    var reports: [WatchReport] {
        entries.sorted { ($0.value.root.id, $0.key) < ($1.value.root.id, $1.key) }.flatMap { number, entry in
            let own = entry.method == .polling ? [] : [report(number, entry)]
            return own + entry.polled.map { report($0, entry) }
        }
    }

    private func report(_ number: RootNumber, _ entry: Entry) -> WatchReport {
        let path = String(decoding: entry.root.path, as: UTF8.self)
        let count = directoryCount(number)
        var sentence =
            switch (entry.standing.kind, entry.method) {
            case (.missing, _): "\(path) does not exist; the kernel tells when it comes (\(entry.method.rawValue))."
            case (.other, _): "\(path): the kernel tells of changes of this file (\(entry.method.rawValue))."
            case (.directory, .inotify):
                "\(path): the kernel tells of changes in \(count == 1 ? "1 directory" : "\(count) directories") (inotify)."
            case (.directory, _):
                "\(path): the kernel tells of all changes on its file system (\(entry.method.rawValue))."
            }
        let unreadable = unreadableCount(number)
        if unreadable > 0 {
            sentence +=
                unreadable == 1
                ? " 1 directory may not be read by this user and is not watched."
                : " \(unreadable) directories may not be read by this user and are not watched."
        }
        return WatchReport(
            id: entry.root.id, path: entry.root.path, method: entry.method, exists: entry.standing.kind != .missing,
            sentence: sentence)
    }

    private func report(_ tree: PolledTree, _ entry: Entry) -> WatchReport {
        let seconds = max(1, Int((tree.rest / .seconds(1)).rounded()))
        let path = String(decoding: tree.path, as: UTF8.self)
        return WatchReport(
            id: entry.root.id, path: tree.path, method: .polling, exists: entry.standing.kind != .missing,
            sentence: "\(path): looked through every \(seconds) s, because \(tree.reason.text).")
    }
}
