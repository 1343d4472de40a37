// Makes many directories, watches them, and says what that costs: time to set up, memory, processor while nothing happens, and how long
// it takes from a write until it is told. Fails when idling takes more than half a percent of a processor, or more than 100 MiB.
// Usage: watch-scale FOLDER [DIRECTORIES] [IDLE-SECONDS] [fanotify|inotify|polling]…

import CLinux
import Capture
import Glibc
import Primitives

let arguments = CommandLine.arguments
guard arguments.count >= 2, arguments[1].hasPrefix("/") else {
    print("usage: watch-scale FOLDER [DIRECTORIES] [IDLE-SECONDS] [fanotify|inotify|polling]…")
    exit(2)
}
let folder = arguments[1] + "/watch-scale"
let count = arguments.count > 2 ? Int(arguments[2]) ?? 100_000 : 100_000
let idleSeconds = arguments.count > 3 ? Int(arguments[3]) ?? 30 : 30
let wanted = arguments.dropFirst(4).compactMap(WatchMethod.init)
let memoryLimit = 100

func line(_ name: String, _ value: Double, _ unit: String) {
    print("  \(name): \((value * 1000).rounded() / 1000) \(unit)")
}

func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = sh_boot_nanoseconds()
    try body()
    return Double(sh_boot_nanoseconds() - start) / 1e9
}

/// A hundred directories in each of as many as are needed, and a file in each.
func makeTree() {
    mkdir(folder, 0o755)
    var (made, outer) = (1, 0)
    while made < count {
        mkdir("\(folder)/\(outer)", 0o755)
        made += 1
        for inner in 0..<100 where made < count {
            let path = "\(folder)/\(outer)/directory-\(inner)"
            mkdir(path, 0o755)
            made += 1
            close(open(path + "/file", O_CREAT | O_WRONLY, 0o644))
        }
        outer += 1
    }
}

func write(_ number: Int) {
    let file = open("\(folder)/\(number)/directory-7/file", O_WRONLY | O_TRUNC)
    _ = Glibc.write(file, "\(number)", 1)
    close(file)
}

func latencies(_ watcher: ChangeWatcher) -> [Double] {
    (0..<20).map { number in
        usleep(100_000)
        _ = watcher.drain()
        return seconds {
            write(number)
            _ = watcher.next(timeout: .seconds(600))
        }
    }.sorted()
}

func measure(_ method: WatchMethod) throws {
    var settings = WatchSettings()
    settings.method = method
    let resident = sh_resident_kib()
    var watcher: ChangeWatcher?
    let setUp = try seconds {
        watcher = try ChangeWatcher(roots: [WatchedRoot(id: "tree", path: Array(folder.utf8))], settings: settings)
        if method == .polling { _ = watcher?.next() }
    }
    guard let watcher, let report = watcher.reports.first else { return }
    print(report.sentence)
    line("set up in", setUp, "s")
    line(
        "resident memory", Double(sh_resident_kib()) / 1024,
        "MiB, \(max(0, sh_resident_kib() - resident)) KiB of it since it began")
    let (before, busy) = (processorSeconds(), watcher.next(timeout: .seconds(idleSeconds)) ?? [])
    let idle = (processorSeconds() - before) / Double(idleSeconds) * 100
    line(
        "processor while nothing happens, \(idleSeconds) s", idle, "%" + (busy.isEmpty ? "" : ", but something changed")
    )
    if method == .polling {
        let (began, start) = (processorSeconds(), sh_boot_nanoseconds())
        write(1)
        _ = watcher.next()
        let wall = Double(sh_boot_nanoseconds() - start) / 1e9
        line("from a write until it is told", wall, "s")
        line("processor meanwhile", (processorSeconds() - began) / wall * 100, "%")
        print("  \(watcher.reports.first?.sentence ?? "")")
    } else {
        let all = latencies(watcher)
        line("from a write until it is told, median", all[all.count / 2] * 1000, "ms")
        line("at worst", (all.last ?? 0) * 1000, "ms")
    }
    if method != report.method { print("  wrong: it is watched by \(report.method.rawValue)") }
    guard idle < 0.5, sh_resident_kib() < memoryLimit << 10 else {
        print("  wrong: more than half a percent of a processor, or more than \(memoryLimit) MiB")
        exit(1)
    }
}

line("\(count) directories made in", seconds(makeTree), "s")
for method in wanted.isEmpty ? [.fanotify, .inotify, .polling] : wanted { try measure(method) }
line("peak resident memory", Double(sh_peak_rss_kib()) / 1024, "MiB")
