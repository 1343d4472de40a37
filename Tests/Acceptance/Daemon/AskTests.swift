import Foundation
import Glibc
import Testing

/// Other accounts, who ask the daemon over its socket.
@Suite struct AskTests {
    /// A directory that everybody may enter, with the socket in it.
    private final class Lobby: Sendable {
        let path: String
        var socket: String { path + "/socket" }

        init() throws {
            path = "/tmp/safehold-ask-\(UUID().uuidString.prefix(8))"
            try ChildProcess.shell("mkdir -m 755 \"$1\"", path)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// As some other account would, which has nothing of this host's.
        func ask(_ words: [String], uid: Int = 65534) throws -> Ended {
            try ChildProcess.run(
                ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", program, "ask"] + words,
                environment: ["SAFEHOLD_SOCKET": socket, "SAFEHOLD_HOME": "/nonexistent/\(uid)"])
        }

        func write(_ text: String, _ name: String) throws -> String {
            let file = path + "/" + name
            try Data((text + "\n").utf8).write(to: URL(filePath: file))
            return file
        }
    }

    private static let isSeveral = isRoot && ChildProcess.has("setpriv")
    private static let docs = "docs: { kind: documentation, sources: [docs], schedule: { full: every 365d } }"

    private static func started(_ lobby: Lobby, _ more: [String: String] = [:]) throws -> DaemonPlace {
        let world = try DaemonPlace(components: docs)
        _ = try world.folder("docs")
        try world.write("one", "docs/file")
        try world.start(["SAFEHOLD_SOCKET": lobby.socket].merging(more) { $1 })
        try world.wait("the first backup") { try world.runs("docs", "complete").count == 1 }
        return world
    }

    /// Connections that say this and nothing more, as long as the process lasts.
    private static let silent = """
        import socket, sys, time
        path, text, count = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
        all = [socket.socket(socket.AF_UNIX) for _ in range(count)]
        for one in all: one.connect(path); one.sendall(text)
        print("there", flush=True); time.sleep(60)
        """

    @Test(
        "The daemon's own account asks it; others do not as long as there is no directory of persons",
        .enabled(if: isSeveral))
    func unfounded() throws {
        let lobby = try Lobby()
        let world = try Self.started(lobby)
        let environment = ["SAFEHOLD_SOCKET": lobby.socket, "SAFEHOLD_HOME": "/nonexistent/0"]
        func own(_ words: String...) throws -> Ended {
            try ChildProcess.run([program, "ask"] + words, environment: environment)
        }
        #expect(try own("whoami", "--json").mustBe(0).lines().first?.text("by") == "operating-system")
        #expect(try own("status", "--json").lines().last?.fields["daemon"] as? Bool == true)
        let run = try own("run", "docs", "--json").mustBe(0).lines()
        #expect(run.last?.text("outcome") == "complete")
        try own("run", "nothing", "--json").mustBeRefused("usage", 2)
        try own("acknowledge", "17", "--json").mustBeRefused("incident-missing", 10)
        for words in [["status"], ["whoami"], ["run"]] {
            try lobby.ask(words + ["--json"]).mustBeRefused("not-permitted")
        }
        // What it is asked for is in the audit log, as what is done at the host.
        let acts = try ChildProcess.run([program, "audit", "search", "--json"], environment: world.environment)
            .mustBe(0).lines().map { $0.text("act") }
        #expect(acts.contains("status") && acts.contains("run"))
    }

    @Test("Those who hang, or say too much, keep nobody out for long, and a socket that was left is taken over")
    func guests() throws {
        let lobby = try Lobby()
        let world = try Self.started(lobby)
        func ask() throws -> Ended {
            try ChildProcess.run([program, "ask", "whoami"], environment: ["SAFEHOLD_SOCKET": lobby.socket])
        }
        let hanging = try ChildProcess(
            ["python3", "-c", Self.silent, lobby.socket, "{\"do\":", "4"].map(\.bytes))
        try world.wait("too many visitors") { try ask().status == 13 }
        hanging.signal(SIGKILL)
        _ = hanging.wait()
        try world.wait("an answer") { try ask().status == 0 }
        let long =
            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
            + "try: s.sendall(b'x' * 300000); print(s.recv(10))\nexcept OSError: print(b'')"
        #expect(try ChildProcess.run(["python3", "-c", long, lobby.socket]).mustBe(0).text == "b''\n")
        for nonsense in ["", "{}", "[1]", "{\"do\":\"forget\"}", "{\"do\":\"run\",\"components\":[\"--strategy\"]}"] {
            let said =
                "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                + "s.sendall(sys.argv[2].encode() + b'\\n'); print(s.recv(4096).decode())"
            let answer = try ChildProcess.run(["python3", "-c", said, lobby.socket, nonsense]).mustBe(0).text
            #expect(answer.contains("\"status\":2"), "\(nonsense): \(answer)")
        }
        try world.stop(SIGKILL)
        #expect(access(lobby.socket, F_OK) == 0)
        #expect(try ask().status == 13)
        try world.start(["SAFEHOLD_SOCKET": lobby.socket])
        try world.wait("an answer") { try ask().status == 0 }
        #expect(try world.stop().way == .exit(0))
        #expect(access(lobby.socket, F_OK) != 0)
        // Something else in its place is left alone, and backups go on.
        _ = try lobby.write("mine", "socket")
        let daemon = try world.start(["SAFEHOLD_SOCKET": lobby.socket])
        #expect(!daemon.ends(within: 500))
        #expect(try world.stop().errorText.contains("something else than a socket"))
        #expect(try String(contentsOfFile: lobby.socket, encoding: .utf8) == "mine\n")
    }

    @Test(
        "Several accounts sign in, each for itself, and are known by their user ids",
        .enabled(if: isSeveral && Hospital.isAvailable, Hospital.reason))
    func accounts() throws {
        let lobby = try Lobby()
        let hospital = try Hospital()
        let world = try DaemonPlace(components: Self.docs)
        _ = try world.folder("docs")
        try world.write("one", "docs/file")
        try hospital.adopt(world.strategyFile)
        // The hospital's persons, in the state of this daemon.
        try ChildProcess.shell(
            "cp -a \"$1\"/identity \"$1\"/catalog.sqlite* \"$2\"/", hospital.place.home, world.place.home)
        let settings = try hospital.shell("host", ["SAFEHOLD_HOME": world.place.home, "SAFEHOLD_SOCKET": lobby.socket])
        try world.start(settings)
        try world.wait("the socket") { access(lobby.socket, F_OK) == 0 }
        try lobby.ask(["status", "--json"]).mustBeRefused("not-signed-in")
        #expect(try lobby.ask(["whoami", "--json"]).mustBe(0).lines().first?.text("by") == "none")
        let password = try lobby.write(Hospital.password(of: "otto"), "password")
        let wrong = try lobby.write("000000", "wrong")
        let login = ["login", "otto", "--json", "--password-file", password, "--code-file"]
        try lobby.ask(login + [wrong]).mustBeRefused("sign-in-refused")
        let who = try lobby.ask(login + [try lobby.write(try hospital.code("otto"), "code")]).mustBe(0).lines()
        #expect(who.last?.text("login") == "otto" && who.last?.text("by") == "session")
        // What was never backed up is backed up at once, by the host itself.
        try world.wait("the first backup") {
            try lobby.ask(["status", "--json"]).lines().first?.text("last_outcome") == "complete"
        }
        let run = try lobby.ask(["run", "docs", "--json"]).mustBe(0).lines()
        #expect(run.last?.text("outcome") == "complete")
        try lobby.ask(["acknowledge", "17", "--json"]).mustBeRefused("not-permitted")
        // Another account is somebody else, whatever it says.
        #expect(try lobby.ask(["whoami", "--json"], uid: 65533).mustBe(0).lines().first?.text("by") == "none")
        try lobby.ask(["run", "--json"], uid: 65533).mustBeRefused("not-signed-in")
        try lobby.ask(["logout"]).mustBe(0)
        try lobby.ask(["run", "--json"]).mustBeRefused("not-signed-in")
        try world.stop()
        let log = try ChildProcess.run(["grep", "-ra", "\"uid\":65534", world.place.home + "/audit"]).mustBe(0).text
        #expect(
            log.contains("\"act\":\"run\"") && log.contains("\"person_login\":\"otto\"")
                && log.contains("\"act\":\"login\""))
    }
}
