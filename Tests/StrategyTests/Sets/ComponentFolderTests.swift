import Strategy
import Testing

/// Where an export puts a component (REC-1).
@Suite("A component's folder") struct ComponentFolderTests {
    @Test(
        "is its kind's, by tag, by name, or by a folder's name",
        arguments: [
            ("ward", ["kind=source"], "src"), ("documentation", [], "docs"), ("config", [], "config"),
            ("test-data", [], "test-data"), ("source", ["kind=database"], "database"),
            ("x", ["kind=nonsense", "kind=security"], "security"),
        ]) func kinds(_ name: String, _ tags: [String], _ folder: String)
    {
        let found = ComponentFolder(component: name, tags: tags)
        #expect(found.description == folder)
        #expect(found.kind?.folder == folder)
    }

    @Test(
        "is otherwise a name that every file system takes, and nothing that is there already",
        arguments: [
            ("ward-7", "ward-7"), ("a b/c", "a_b_c"), ("..", "_.."), ("", "_"), ("-rf", "_-rf"),
            ("MANIFEST.json", "_MANIFEST.json"), ("SHA256SUMS", "_SHA256SUMS"), ("Ärzte", "__rzte"), ("a\n", "a_"),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 200)),
        ]) func names(_ name: String, _ folder: String)
    {
        let found = ComponentFolder(component: name, tags: [])
        #expect(found.description == folder)
        #expect(found.kind == nil)
    }
}
