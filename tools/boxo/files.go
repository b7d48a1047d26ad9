package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"time"

	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/files"
	unixfile "github.com/ipfs/boxo/ipld/unixfs/file"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
)

// Profile unixfs-v1-2025.
const (
	width          = 1024
	defaultChunker = "size-1048576"
)

func (p *peer) add(ctx context.Context, path, chunker string) (fields, error) {
	if chunker == "" {
		chunker = defaultChunker
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	chunks, err := chunk.FromString(file, chunker)
	if err != nil {
		return nil, err
	}
	parameters := helpers.DagBuilderParams{
		Maxlinks: width, RawLeaves: true, Dagserv: p.dag,
		CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: mh.SHA2_256},
	}
	builder, err := parameters.New(chunks)
	if err != nil {
		return nil, err
	}
	root, err := balanced.Layout(builder)
	if err != nil {
		return nil, err
	}
	return fields{"cid": root.Cid().String()}, nil
}

func (p *peer) open(ctx context.Context, root cid.Cid) (files.Node, error) {
	node, err := p.dag.Get(ctx, root)
	if err != nil {
		return nil, err
	}
	return unixfile.NewUnixfsFile(ctx, p.dag, node)
}

// firstByte notes when something came.
type firstByte struct{ at time.Time }

func (f *firstByte) Write(bytes []byte) (int, error) {
	if f.at.IsZero() {
		f.at = time.Now()
	}
	return len(bytes), nil
}

// cat reads a file whole, into a file or nowhere.
func (p *peer) cat(ctx context.Context, root cid.Cid, to string) (fields, error) {
	start := time.Now()
	node, err := p.open(ctx, root)
	if err != nil {
		return nil, err
	}
	content, isFile := node.(files.File)
	if !isFile {
		return nil, files.ErrNotReader
	}
	hash, first := sha256.New(), &firstByte{}
	writers := []io.Writer{hash, first}
	if to != "" {
		out, err := os.Create(to)
		if err != nil {
			return nil, err
		}
		defer out.Close()
		writers = append(writers, out)
	}
	count, err := io.Copy(io.MultiWriter(writers...), content)
	return fields{
		"bytes": count, "ms": time.Since(start).Milliseconds(), "firstByteMs": first.at.Sub(start).Milliseconds(),
		"sha256": hex.EncodeToString(hash.Sum(nil)),
	}, err
}

// get writes a file or a directory, and gives the execute bit to what has it.
func (p *peer) get(ctx context.Context, root cid.Cid, to string) (fields, error) {
	node, err := p.open(ctx, root)
	if err != nil {
		return nil, err
	}
	return fields{}, write(node, to)
}

func write(node files.Node, to string) error {
	directory, isDirectory := node.(files.Directory)
	if !isDirectory {
		if err := files.WriteTo(node, to); err != nil {
			return err
		}
		if mode := node.Mode(); mode&0o111 != 0 && mode.IsRegular() {
			return os.Chmod(to, mode.Perm())
		}
		return nil
	}
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	entries := directory.Entries()
	for entries.Next() {
		if err := write(entries.Node(), filepath.Join(to, filepath.Base(entries.Name()))); err != nil {
			return err
		}
	}
	return entries.Err()
}
