import Foundation
import Testing

/// The daemon's unit on a machine that systemd runs, hardened as it is installed.
@Suite(.enabled(if: SystemdMachine.isPossible, SystemdMachine.reason)) struct SystemdTests {
    /// A shell that waits, half a minute at most, until its words succeed.
    private static let beginning = """
        set -e
        export SAFEHOLD_HOME=/var/lib/safehold
        until_so() { for _ in $(seq 150); do "$@" && return 0; sleep 0.2; done; echo "never came: $*"; systemctl status safehold --no-pager -l; exit 1; }
        show() { systemctl show safehold -p "$1" --value; }
        complete() { [ "$("$program" runs --component "$1" --json | grep -c '"outcome":"complete"')" -ge "$2" ]; }
        restarted() { [ "$(show NRestarts)" -ge "$1" ] && [ "$(show ActiveState)" = active ]; }
        mkdir -p /var/lib/safehold /etc/safehold "$folder/conf"
        (umask 077; echo 'a passphrase for tests' >/etc/safehold/passphrase)
        cat >/etc/safehold/safehold.yaml <<END
        strategy: 1
        project: sample
        defaults: { retention: { daily: 7 } }
        stores: { primary: { role: primary, site: here, location: $folder/repository } }
        components:
          conf:
            kind: configuration
            sources: [$folder/conf]
            schedule: { full: every 1d, change: 'on-change, quiet 200ms' }
            hooks: { freeze: [/bin/sh, -c, 'echo frozen >$folder/conf/dump'], thaw: [/bin/true] }
          etc: { kind: security, sources: [/etc], schedule: { full: every 1d } }
        END
        echo one >"$folder/conf/file"
        "$program" init --repository "$folder/repository" --passphrase-file /etc/safehold/passphrase

        """

    @Test("It is ready when it is, backs up what changes, reads the strategy again, and is there again after a kill")
    func life() throws {
        let machine = try SystemdMachine()
        try machine.run(
            Self.beginning + """
                systemctl start safehold
                until_so complete conf 1
                until_so complete etc 1
                if journalctl -u safehold -o cat | grep -i -e refused -e denied -e 'not permitted'; then exit 1; fi
                before=$("$program" runs --component conf --json | grep -c complete)
                echo two >"$folder/conf/file"
                until_so complete conf $((before + 1))
                "$program" restore latest:conf --to /tmp/back --passphrase-file /etc/safehold/passphrase
                [ "$(cat "/tmp/back$folder/conf/file")" = two ]
                [ "$(cat "/tmp/back$folder/conf/dump")" = frozen ]
                systemctl reload safehold
                kill -KILL "$(show MainPID)"
                until_so restarted 1
                systemctl stop safehold
                [ "$(show Result)" = success ]
                """)
    }

    @Test("One that hangs is killed by the watchdog, and there again") func watchdog() throws {
        let machine = try SystemdMachine(dropIn: "WatchdogSec=3s\nTimeoutAbortSec=1s")
        try machine.run(
            Self.beginning + """
                systemctl start safehold
                until_so complete conf 1
                sleep 4
                restarted 0 && [ "$(show NRestarts)" = 0 ]
                kill -STOP "$(show MainPID)"
                until_so restarted 1
                """)
    }
}

/// A systemd of a test's own (Tests/Servers/systemd-machine.sh) with the unit as it is installed.
private struct SystemdMachine {
    static let reason: Comment =
        "systemd cannot be started in namespaces here; it takes root and an overlay that may be mounted"
    static let isPossible: Bool = {
        guard isRoot, let scratch = try? Scratch() else { return false }
        return (try? ChildProcess.run([script, scratch.path, program]).status) == 0
    }()
    static let script = packageRoot.path + "/Tests/Servers/systemd-machine.sh"

    let scratch: Scratch

    init(dropIn: String = "") throws {
        scratch = try Scratch()
        let unit = try String(
            contentsOf: packageRoot.appending(path: "packaging/systemd/safehold.service"), encoding: .utf8)
        #expect(unit.contains("@PREFIX@/bin/safehold "))
        try ChildProcess.shell("mkdir -p units/safehold.service.d", directory: scratch.path)
        _ = try scratch.write(
            unit.replacing("@PREFIX@/bin/safehold ", with: scratch.path + "/program "), "units/safehold.service")
        _ = try scratch.write("[Service]\nRestartSec=500ms\n\(dropIn)\n", "units/safehold.service.d/quick.conf")
    }

    func run(_ script: String) throws {
        let file = try scratch.write("folder=\(scratch.path) program=$folder/program\n" + script + "\n", "script")
        let ended = try ChildProcess.run([Self.script, scratch.path, program, file])
        let said = (try? String(contentsOfFile: scratch.path + "/said", encoding: .utf8)) ?? ""
        #expect(ended.status == 0, "\(said)")
    }
}
