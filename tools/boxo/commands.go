package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
)

const defaultLimit = time.Minute

// A line of input; which fields matter depends on Do.
type command struct {
	Id, LimitMs            int
	Do                     string
	Address, Peer          string
	Cid, Codec, Data, Path string
	Chunker, To            string
	Bytes                  int64
}

type fields = map[string]any

func (p *peer) answer(ctx context.Context, line []byte) {
	c := command{LimitMs: int(defaultLimit.Milliseconds())}
	reply := fields{}
	err := json.Unmarshal(line, &c)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, time.Duration(c.LimitMs)*time.Millisecond)
		defer cancel()
		reply, err = p.carryOut(ctx, c)
	}
	if err != nil {
		reply = fields{"error": err.Error()}
	}
	reply["id"] = c.Id
	say(reply)
}

func (p *peer) carryOut(ctx context.Context, c command) (fields, error) {
	switch c.Do {
	case "connect":
		return p.connect(ctx, c.Address)
	case "disconnect":
		return p.disconnect(c.Peer)
	case "peers":
		return p.peers()
	case "ping":
		return p.ping(ctx, c.Peer)
	case "echo":
		return p.echo(ctx, c.Peer, c.Bytes)
	case "put":
		return p.put(ctx, c.Codec, c.Data)
	case "add":
		return p.add(ctx, c.Path, c.Chunker)
	case "has", "block", "want", "cancel", "cat", "get":
		root, err := cid.Decode(c.Cid)
		if err != nil {
			return nil, err
		}
		return p.fetch(ctx, c, root)
	}
	return nil, fmt.Errorf("unknown command %q", c.Do)
}

func (p *peer) fetch(ctx context.Context, c command, root cid.Cid) (fields, error) {
	switch c.Do {
	case "has":
		has, err := p.blocks.Has(ctx, root)
		return fields{"has": has}, err
	case "block":
		block, err := p.service.GetBlock(ctx, root)
		if err != nil {
			return nil, err
		}
		return fields{"data": base64.StdEncoding.EncodeToString(block.RawData())}, nil
	case "want":
		return p.want(root), nil
	case "cancel":
		return p.cancel(root), nil
	case "cat":
		return p.cat(ctx, root, c.To)
	}
	return p.get(ctx, root, c.To)
}

func (p *peer) put(ctx context.Context, codec, data string) (fields, error) {
	codecs := map[string]uint64{"": cid.Raw, "raw": cid.Raw, "dag-pb": cid.DagProtobuf}
	code, known := codecs[codec]
	if !known {
		return nil, fmt.Errorf("unknown codec %q", codec)
	}
	content, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, err
	}
	id, err := cid.V1Builder{Codec: code, MhType: mh.SHA2_256}.Sum(content)
	if err != nil {
		return nil, err
	}
	block, err := blocks.NewBlockWithCid(content, id)
	if err != nil {
		return nil, err
	}
	// Through the service, so that peers which want it get it.
	return fields{"cid": id.String()}, p.service.AddBlock(ctx, block)
}

// want keeps a want open until the block comes, which is an event of its own, or until it is cancelled.
func (p *peer) want(id cid.Cid) fields {
	ctx, cancel := context.WithCancel(context.Background())
	p.lock.Lock()
	p.wants[id] = cancel
	p.lock.Unlock()
	go func() {
		block, err := p.exchange.GetBlock(ctx, id)
		if err == nil {
			say(fields{"event": "block", "cid": id.String(), "bytes": len(block.RawData())})
		}
	}()
	return fields{}
}

func (p *peer) cancel(id cid.Cid) fields {
	p.lock.Lock()
	defer p.lock.Unlock()
	if cancel, open := p.wants[id]; open {
		cancel()
		delete(p.wants, id)
	}
	return fields{}
}
