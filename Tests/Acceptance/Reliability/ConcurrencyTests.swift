import Testing

/// Several writers at once.
@Suite struct ConcurrencyTests {
    @Test("One host's identity twice at the same time") func oneIdentity() throws {
        let place = try Place()
        for name in ["a", "b"] {
            let folder = try place.scratch.folder(name)
            try ChildProcess.shell(
                "for i in $(seq 30); do head -c 20000 /dev/urandom > f$i; done; cp f1 same", directory: folder)
        }
        let runs = try ["a", "b"].map { name in
            try ChildProcess(
                [program, "backup", "--json", place.scratch.path + "/" + name].map(\.bytes), environment: place.writing)
        }
        let ended = runs.map { $0.wait() }
        // Either may be told to try again; whoever was not has a snapshot.
        #expect(ended.contains { $0.status == 0 })
        for (name, ended) in zip(["a", "b"], ended) where ended.status != 0 {
            #expect(ended.status == 13, ended.said)
            try place.backup(place.scratch.path + "/" + name)
        }
        let snapshots = try place.snapshots()
        #expect(snapshots.map { $0["sequence"] }.sorted() == [1, 2])
        try place.verify("--read-data").mustBe(0)
        for snapshot in snapshots {
            let path = try #require((snapshot.fields["paths"] as? [String])?.first)
            try Comparison.expectSame(path, try place.restored(snapshot.text("id")))
        }
    }

    @Test("Writers of their own, enrolled and backing up at the same time", arguments: [2, 8]) func enrolled(count: Int)
        throws
    {
        let place = try Place()
        let hosts = (0..<count).map {
            (home: place.scratch.path + "/home-\($0)", source: place.scratch.path + "/source-\($0)")
        }
        func together(_ words: (Int) -> [String], _ environment: (Int) -> [String: String]) throws {
            let runs = try hosts.indices.map { try ChildProcess(words($0).map(\.bytes), environment: environment($0)) }
            for run in runs { try run.wait().mustBe(0) }
        }
        func writing(_ host: Int) -> [String: String] {
            ["SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": hosts[host].home]
        }
        for host in hosts {
            try ChildProcess.shell(
                "mkdir \"$1\"; for i in $(seq 20); do head -c 9000 /dev/urandom > \"$1\"/f$i; done", host.source)
        }
        try together(
            { [program, "init", "--join", "--host", "host-\($0)", "--passphrase-file", place.passphraseFile] }, writing)
        for _ in 0..<2 {
            try together(
                { [program, "backup", "--json", "--component", "component-\($0)", hosts[$0].source] }, writing)
            for host in hosts { try ChildProcess.shell("head -c 9000 /dev/urandom > \"$1\"/f3", host.source) }
        }
        try together({ [program, "backup", "--json", "--component", "component-\($0)", hosts[$0].source] }, writing)

        #expect(try place.snapshots().count == 3 * count)
        try place.verify("--read-data").mustBe(0)
        for (number, host) in hosts.enumerated() {
            try Comparison.expectSame(host.source, try place.restored("latest:component-\(number)"))
        }
        #expect(try FileStatus.files(below: place.repository + "/tmp") == [])
    }
}
