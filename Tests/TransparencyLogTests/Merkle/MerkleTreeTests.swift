import Primitives
import TestSupport
import Testing
import TransparencyLog

@Suite struct MerkleTreeTests {
    /// Gives the hashes of complete subtrees of a naive tree.
    private func hashes(_ tree: NaiveTree) -> MerkleTree.Hashes {
        { subtrees in
            subtrees.map { tree.hash(Int($0.index) << $0.level..<Int($0.index + 1) << $0.level) }
        }
    }

    /// The tree and the roots that the reference implementation of Certificate Transparency is tested with.
    @Test func rootsAreThoseOfCertificateTransparency() throws {
        let leaves = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
        ]
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let tree = NaiveTree(leaves.compactMap { Hex.decode($0) })
        for (size, root) in roots.enumerated() {
            #expect(try MerkleTree.root(size: UInt64(size), hashes(tree)).hex == root)
        }
        #expect(MerkleHash.leaves(tree.entries) == tree.entries.map { MerkleHash.leaf($0) })
    }

    @Test("Every proof of every tree of up to 300 entries is the RFC's, and holds") func allSmallTrees() throws {
        let tree = NaiveTree.counting(300)
        for size in 0...300 {
            let head = TreeHead(size: UInt64(size), root: tree.root(size))
            #expect(try MerkleTree.root(size: head.size, hashes(tree)) == head.root)
            for index in 0..<size {
                let path = try MerkleTree.inclusionProof(of: UInt64(index), in: head.size, hashes(tree))
                let leaf = MerkleHash.leaf(tree.entries[index])
                guard path == tree.path(index, 0..<size),
                    MerkleTree.isIncluded(leaf, at: UInt64(index), in: head, by: path)
                else {
                    Issue.record("entry \(index) of \(size)")
                    continue
                }
            }
            for old in 0...size {
                let proof = try MerkleTree.consistencyProof(from: UInt64(old), to: head.size, hashes(tree))
                let oldHead = TreeHead(size: UInt64(old), root: tree.root(old))
                guard proof == tree.proof(old, size), MerkleTree.isConsistent(oldHead, with: head, by: proof) else {
                    Issue.record("from \(old) to \(size)")
                    continue
                }
            }
        }
    }

    @Test("Proofs of larger trees are the RFC's, and hold") func largeTrees() throws {
        let tree = NaiveTree.counting(20_000)
        var random = SeededGenerator(seed: 6962)
        for _ in 0..<60 {
            let size = Int.random(in: 301...20_000, using: &random)
            let (index, old) = (Int.random(in: 0..<size, using: &random), Int.random(in: 0...size, using: &random))
            let head = TreeHead(size: UInt64(size), root: tree.root(size))
            let path = try MerkleTree.inclusionProof(of: UInt64(index), in: head.size, hashes(tree))
            let proof = try MerkleTree.consistencyProof(from: UInt64(old), to: head.size, hashes(tree))
            #expect(path == tree.path(index, 0..<size) && proof == tree.proof(old, size))
            #expect(
                MerkleTree.isIncluded(MerkleHash.leaf(tree.entries[index]), at: UInt64(index), in: head, by: path))
            #expect(
                MerkleTree.isConsistent(
                    TreeHead(size: UInt64(old), root: tree.root(old)), with: head, by: proof))
        }
    }

    @Test("An inclusion proof holds for one entry, one place and one tree") func wrongInclusion() throws {
        let tree = NaiveTree.counting(70)
        for size in 1...70 {
            let head = TreeHead(size: UInt64(size), root: tree.root(size))
            for index in 0..<size {
                let (leaf, path) = (MerkleHash.leaf(tree.entries[index]), tree.path(index, 0..<size))
                func holds(_ leaf: Digest32, _ index: Int, _ head: TreeHead, _ path: [Digest32]) -> Bool {
                    MerkleTree.isIncluded(leaf, at: UInt64(index), in: head, by: path)
                }
                #expect(!holds(MerkleHash.leaf([1]), index, head, path))
                #expect(!holds(leaf, index, head, path + [leaf]) && !holds(leaf, index, head, [leaf] + path))
                #expect(!holds(leaf, size, head, path) && !holds(leaf, index, TreeHead(size: 0, root: head.root), path))
                if index > 0 { #expect(!holds(leaf, index - 1, head, path)) }
                guard !path.isEmpty else { continue }
                #expect(
                    !holds(leaf, index, head, path.dropLast()) && !holds(leaf, index, head, Array(path.dropFirst())))
                for place in path.indices {
                    var wrong = path
                    wrong[place].d ^= 1
                    #expect(!holds(leaf, index, head, wrong))
                }
            }
        }
    }

    @Test("A consistency proof holds for one pair of trees") func wrongConsistency() throws {
        let tree = NaiveTree.counting(40)
        let other = NaiveTree((0..<40).map { [UInt8($0), 7] })
        for size in 1...40 {
            let head = TreeHead(size: UInt64(size), root: tree.root(size))
            for old in 1...size {
                let (oldHead, proof) = (TreeHead(size: UInt64(old), root: tree.root(old)), tree.proof(old, size))
                let foreign = TreeHead(size: UInt64(old), root: other.root(old))
                #expect(!MerkleTree.isConsistent(foreign, with: head, by: proof))
                #expect(!MerkleTree.isConsistent(oldHead, with: TreeHead(size: head.size, root: .zero), by: proof))
                #expect(!MerkleTree.isConsistent(oldHead, with: head, by: proof + [.zero]))
                if old < size {
                    #expect(!MerkleTree.isConsistent(oldHead, with: head, by: []))
                    #expect(!MerkleTree.isConsistent(head, with: oldHead, by: proof))
                    #expect(!MerkleTree.isConsistent(oldHead, with: head, by: proof.dropLast()))
                    for place in proof.indices {
                        var wrong = proof
                        wrong[place].a ^= 1
                        #expect(!MerkleTree.isConsistent(oldHead, with: head, by: wrong))
                    }
                }
            }
        }
    }

    @Test("The empty tree begins every tree, without a proof, and equal sizes need equal roots") func edges() {
        let tree = NaiveTree.counting(5)
        let (five, zero) = (TreeHead(size: 5, root: tree.root(5)), Digest32.zero)
        #expect(
            MerkleTree.isConsistent(.empty, with: five, by: []) && MerkleTree.isConsistent(five, with: five, by: []))
        #expect(MerkleTree.isConsistent(.empty, with: .empty, by: []))
        #expect(!MerkleTree.isConsistent(.empty, with: five, by: [zero]))
        #expect(!MerkleTree.isConsistent(TreeHead(size: 0, root: zero), with: five, by: []))
        #expect(!MerkleTree.isConsistent(.empty, with: TreeHead(size: 0, root: zero), by: []))
        #expect(!MerkleTree.isConsistent(five, with: five, by: [zero]))
        #expect(!MerkleTree.isConsistent(five, with: TreeHead(size: 5, root: zero), by: []))
        #expect(!MerkleTree.isConsistent(five, with: .empty, by: []))
        let largest = TreeHead(size: .max, root: zero)
        #expect(!MerkleTree.isConsistent(five, with: largest, by: Array(repeating: zero, count: 70)))
        #expect(!MerkleTree.isIncluded(zero, at: .max - 1, in: largest, by: Array(repeating: zero, count: 70)))
    }
}
