import Foundation
import Testing

/// What `make run TREE=…` shows.
@Suite struct DemonstrationTests {
    private let scripts = packageRoot.appending(path: "scripts").path

    @Test(
        "make run goes through a tree with one of everything, while somebody writes in it",
        .enabled(if: Restorer.isAvailable, Restorer.reason))
    func treeInUse() throws {
        let scratch = try Scratch()
        let tree = try scratch.folder("tree")
        try ChildProcess.shell(
            """
            mkdir d; echo y > d/y; ln d/y d/z; ln -s nowhere dangling; mkfifo pipe; echo n > -n; echo x > $'bad\\377name\\nline'
            truncate -s 5M sparse; echo end >> sparse; head -c 3000000 /dev/urandom > large; echo first > log
            python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
            """, directory: tree)
        let ended = try ChildProcess.run(
            [
                "bash", "-c",
                "while sleep 0.05; do date >> \"$TREE/log\"; done & \"$0\"/demonstrate.sh; s=$?; kill $!; exit $s",
                scripts,
            ],
            environment: [
                "TREE": tree, "TMPDIR": try scratch.folder("work"), "SAFEHOLD_PROGRAM": program,
                "SAFEHOLD_PYTHON": try #require(Restorer.python),
            ])
        // 3 when the log changed during each of three readings.
        #expect(ended.status == 0 || ended.status == 3, ended.said)
        #expect(ended.text.components(separatedBy: "changed in the tree after its backup began").count == 3, ended.said)
        #expect(!ended.text.contains("differ."), ended.said)
        #expect(try FileStatus.files(below: scratch.path + "/work") == [], "the demonstration left something behind")
    }

    @Test("A difference that nothing excuses is shown") func unexcused() throws {
        let scratch = try Scratch()
        let shown = try ChildProcess.shell(
            """
            mkdir -p source/d source/moved restored/d
            for side in source restored; do for name in same changed altered d/inner; do echo $name > $side/$name; done; done
            echo other >> source/changed; echo other >> restored/altered; chmod 600 restored/d/inner
            echo new > source/d/new; echo lost > source/lost; echo more > restored/more; echo in > source/moved/in
            printf '%s\\0' "$PWD/source/changed" "$PWD/source/d" "$PWD/source/d/new" "$PWD/source/moved" > excused
            { LC_ALL=C diff -rq source restored || true; rsync -anX --checksum --itemize-changes --delete source/ restored/; } |
                sed "s|\\\\([^a-z]\\\\)\\\\(source\\\\|restored\\\\)|\\\\1$PWD/\\\\2|g" > lines
            "$1"/unexplained.py "$PWD/source" "$PWD/restored" excused < lines | sed -E 's|^[^ ]* +||' | grep -oE '[a-z/]*$' | sort -u
            """, scripts, directory: scratch.path)
        let names = Set(shown.split(separator: "\n").map(String.init))
        #expect(names.isSuperset(of: ["altered", "lost", "more", "d/inner"]), "\(names)")
        #expect(names.isDisjoint(with: ["changed", "d/new", "moved/", "moved/in", "d/"]), "\(names)")
    }
}
