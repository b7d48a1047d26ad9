// Prints boxo-0.39.0.txt. In an empty directory: go mod init vectors && go get github.com/ipfs/boxo@v0.39.0 && go run .
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	chunk "github.com/ipfs/boxo/chunker"
)

// random is splitmix64 from a seed, as big-endian words.
func random(length int, seed uint64) []byte {
	var out []byte
	for len(out) < length {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb
		out = binary.BigEndian.AppendUint64(out, z^(z>>31))
	}
	return out[:length]
}

// lines are the numbers from 0, a line each.
func lines(length int) []byte {
	var out []byte
	for i := 0; len(out) < length; i++ {
		out = fmt.Appendln(out, i)
	}
	return out[:length]
}

// padded are sections of 70001 random bytes, each padded with zeros to 4096.
func padded(length int) []byte {
	var out []byte
	for seed := uint64(10); len(out) < length; seed++ {
		out = append(out, random(70001, seed)...)
		out = append(out, make([]byte, 4096-len(out)%4096)...)
	}
	return out[:length]
}

func print(name string, file []byte) {
	fmt.Printf("%s %d\n", name, len(file))
	chunker := chunk.NewBuzhash(bytes.NewReader(file))
	for leaf, err := chunker.NextBytes(); err == nil; leaf, err = chunker.NextBytes() {
		fmt.Printf("  %d %x\n", len(leaf), sha256.Sum256(leaf))
	}
}

func main() {
	print("random", random(3<<20, 1))
	for _, length := range []int{1, 131071, 131072, 131073, 131072 + 4096, 524288, 524289} {
		print("random", random(length, 1))
	}
	for _, length := range []int{131072, 524288, 1<<20 + 1} {
		print("zeros", make([]byte, length))
	}
	print("ones", bytes.Repeat([]byte{1}, 1200000))
	print("lines", lines(1500000))
	print("padded", padded(1500000))
}
