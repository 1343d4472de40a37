// Verifies a log of Safehold (docs/audit-log.md) with code that is not ours: golang.org/x/mod/sumdb/note and sumdb/tlog, as Debian packages them.
// Everything is rebuilt from the entries: the lazy reader of those packages does not check tiles against their parents before x/mod 0.40.
//
//	tlog-check [-old CHECKPOINT] [-proof PROOF -entry ENTRY] VKEY FOLDER
//
// VKEY is the log's Ed25519 key. -old: a checkpoint that the log is known to have had. -proof and -entry: a receipt, and the bytes that it is for.
// Prints "ok SIZE ROOT", or "refused: WHY" with status 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, errors.New("a hash beyond the tree was asked for")
		}
		read[i] = h[index]
	}
	return read, nil
}

func main() {
	old := flag.String("old", "", "a checkpoint that the log is known to have had")
	proof := flag.String("proof", "", "a proof of inclusion")
	entry := flag.String("entry", "", "the entry that the proof is for")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: tlog-check [-old CHECKPOINT] [-proof PROOF -entry ENTRY] VKEY FOLDER")
		os.Exit(2)
	}
	tree, err := check(flag.Arg(0), flag.Arg(1), *old, *proof, *entry)
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("ok", tree.N, tree.Hash)
}

func check(vkey, folder, old, proof, entry string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	tree, err := checkpoint(signed, verifier)
	if err != nil {
		return tree, err
	}
	stored, err := rebuild(folder, tree.N)
	if err != nil {
		return tree, err
	}
	if err := compare(tree, stored); err != nil {
		return tree, err
	}
	if err := tiles(folder, tree, stored); err != nil {
		return tree, err
	}
	if err := proofs(tree, stored); err != nil {
		return tree, err
	}
	if old != "" {
		if err := remembered(old, verifier, tree, stored); err != nil {
			return tree, err
		}
	}
	if proof != "" {
		return tree, receipt(proof, entry, verifier)
	}
	return tree, nil
}

// checkpoint verifies a note and reads what it says.
func checkpoint(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("the checkpoint is not that of the log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("the checkpoint states no size")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// name gives the path of a tile: level -1 has the entries.
func name(folder string, level int, index int64, width int) string {
	tile := tlog.Tile{H: 8, L: level, N: index, W: width}
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return filepath.Join(folder, "tile", strings.Replace(path, "data/", "entries/", 1))
}

// rebuild hashes all entries anew.
func rebuild(folder string, size int64) (hashes, error) {
	var stored hashes
	for index := int64(0); index*256 < size; index++ {
		width := int(size - index*256)
		if width > 256 {
			width = 256
		}
		path := name(folder, -1, index, width)
		rest, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for i := 0; i < width; i++ {
			if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
				return nil, fmt.Errorf("%s ends early", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(rest))
			added, err := tlog.StoredHashes(index*256+int64(i), rest[2:end], stored)
			if err != nil {
				return nil, err
			}
			stored = append(stored, added...)
			rest = rest[end:]
		}
		if len(rest) != 0 {
			return nil, fmt.Errorf("%s goes on behind its last entry", path)
		}
	}
	return stored, nil
}

func compare(tree tlog.Tree, stored hashes) error {
	if tree.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the entries do not make up the checkpoint's root")
	}
	return nil
}

// tiles compares every tile of hashes with what the entries make of it.
func tiles(folder string, tree tlog.Tree, stored hashes) error {
	for level, count := 0, tree.N; count > 0; level, count = level+1, count/256 {
		for index := int64(0); index*256 < count; index++ {
			width := count - index*256
			if width > 256 {
				width = 256
			}
			wanted, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: index, W: int(width)}, stored)
			if err != nil {
				return err
			}
			path := name(folder, level, index, int(width))
			found, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if !bytes.Equal(wanted, found) {
				return fmt.Errorf("%s is not what its entries make of it", path)
			}
		}
	}
	return nil
}

// proofs makes proofs and checks them, here and there.
func proofs(tree tlog.Tree, stored hashes) error {
	for _, index := range []int64{0, tree.N / 3, tree.N / 2, tree.N - 1} {
		if index < 0 || index >= tree.N {
			continue
		}
		path, err := tlog.ProveRecord(tree.N, index, stored)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, stored[tlog.StoredHashIndex(0, index)]); err != nil {
			return err
		}
	}
	return nil
}

// remembered checks that the log goes on from an older checkpoint of it.
func remembered(file string, verifier note.Verifier, tree tlog.Tree, stored hashes) error {
	signed, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	old, err := checkpoint(signed, verifier)
	if err != nil {
		return err
	}
	if old.N > tree.N {
		return fmt.Errorf("the log has %d entries and had %d", tree.N, old.N)
	}
	if old.N == 0 {
		return nil
	}
	path, err := tlog.ProveTree(tree.N, old.N, stored)
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, tree.N, tree.Hash, old.N, old.Hash)
}

// receipt verifies a proof in the form of C2SP tlog-proof.
func receipt(file, entryFile string, verifier note.Verifier) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	head, signed, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("the proof does not look like one")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return errors.New("the proof has a line that is no hash")
		}
		path = append(path, tlog.Hash(*(*[tlog.HashSize]byte)(hash)))
	}
	tree, err := checkpoint([]byte(signed), verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}
