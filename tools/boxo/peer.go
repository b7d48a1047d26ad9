package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"sync"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	corepeer "github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
)

// Sends back what comes, until its end: shows streams with much traffic both ways.
const echoProtocol = "/spindrift-test/echo/1.0.0"

type peer struct {
	host     host.Host
	blocks   blockstore.Blockstore
	exchange *bitswap.Bitswap
	service  blockservice.BlockService
	dag      ipld.DAGService

	lock  sync.Mutex
	wants map[cid.Cid]context.CancelFunc
}

func startPeer(ctx context.Context, listen, security []string, discover bool) (*peer, error) {
	options := []libp2p.Option{
		libp2p.ListenAddrStrings(listen...), libp2p.Transport(tcp.NewTCPTransport), libp2p.DisableRelay(),
		libp2p.UserAgent("boxo-peer"),
	}
	for _, kind := range security {
		switch kind {
		case "noise":
			options = append(options, libp2p.Security(noise.ID, noise.New))
		case "tls":
			options = append(options, libp2p.Security(tls.ID, tls.New))
		default:
			return nil, fmt.Errorf("unknown security %q", kind)
		}
	}
	h, err := libp2p.New(options...)
	if err != nil {
		return nil, err
	}
	h.SetStreamHandler(echoProtocol, func(s network.Stream) {
		if _, err := io.Copy(s, s); err != nil {
			_ = s.Reset()
			return
		}
		_ = s.Close()
	})
	store := blockstore.NewIdStore(blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore())))
	exchange := bitswap.New(ctx, bsnet.NewFromIpfsHost(h), nil, store)
	service := blockservice.New(store, exchange)
	p := &peer{
		host: h, blocks: store, exchange: exchange, service: service, dag: merkledag.NewDAGService(service),
		wants: map[cid.Cid]context.CancelFunc{},
	}
	if discover {
		err = mdns.NewMdnsService(h, "", p).Start()
	}
	return p, err
}

// HandlePeerFound is called by mDNS.
func (p *peer) HandlePeerFound(found corepeer.AddrInfo) {
	if found.ID == p.host.ID() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), defaultLimit)
	defer cancel()
	if err := p.host.Connect(ctx, found); err == nil {
		say(fields{"event": "found", "peer": found.ID.String()})
	}
}

func (p *peer) addresses() []string {
	var all []string
	for _, address := range p.host.Addrs() {
		all = append(all, fmt.Sprintf("%s/p2p/%s", address, p.host.ID()))
	}
	return all
}

func (p *peer) connect(ctx context.Context, address string) (fields, error) {
	info, err := corepeer.AddrInfoFromString(address)
	if err != nil {
		return nil, err
	}
	return fields{"peer": info.ID.String()}, p.host.Connect(ctx, *info)
}

func (p *peer) disconnect(text string) (fields, error) {
	id, err := corepeer.Decode(text)
	if err != nil {
		return nil, err
	}
	return fields{}, p.host.Network().ClosePeer(id)
}

func (p *peer) peers() (fields, error) {
	list := []fields{}
	for _, connection := range p.host.Network().Conns() {
		id := connection.RemotePeer()
		protocols, err := p.host.Peerstore().GetProtocols(id)
		if err != nil {
			return nil, err
		}
		agent, err := p.host.Peerstore().Get(id, "AgentVersion")
		if err != nil {
			agent = "" // not identified yet
		}
		state := connection.ConnState()
		list = append(list, fields{
			"peer": id.String(), "address": connection.RemoteMultiaddr().String(), "agent": agent, "protocols": protocols,
			"security": state.Security, "muxer": state.StreamMultiplexer,
		})
	}
	return fields{"peers": list}, nil
}

func (p *peer) ping(ctx context.Context, text string) (fields, error) {
	id, err := corepeer.Decode(text)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	result := <-ping.Ping(ctx, p.host, id)
	return fields{"ms": float64(result.RTT.Microseconds()) / 1000}, result.Error
}

func (p *peer) echo(ctx context.Context, text string, bytes int64) (fields, error) {
	id, err := corepeer.Decode(text)
	if err != nil {
		return nil, err
	}
	stream, err := p.host.NewStream(ctx, id, echoProtocol)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Reset() }()
	deadline, _ := ctx.Deadline()
	if err := stream.SetDeadline(deadline); err != nil {
		return nil, err
	}
	table := crc64.MakeTable(crc64.ECMA)
	sent, received := crc64.New(table), crc64.New(table)
	failed := make(chan error, 1)
	go func() {
		_, err := io.CopyN(io.MultiWriter(stream, sent), rand.Reader, bytes)
		failed <- errors.Join(err, stream.CloseWrite())
	}()
	count, err := io.Copy(received, stream)
	if err := errors.Join(err, <-failed); err != nil {
		return nil, err
	}
	if count != bytes || sent.Sum64() != received.Sum64() {
		return nil, fmt.Errorf("%d bytes came back of %d, or others", count, bytes)
	}
	return fields{"bytes": count}, nil
}
