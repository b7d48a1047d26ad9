// A peer made of Kubo's own libraries (go-libp2p and boxo) for interop tests: TCP with Noise or TLS, Yamux, Bitswap,
// blocks in memory, no bootstrap, no DHT, no HTTP. See ../README.md for what it is told and what it says.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
)

// The longest command: a block of 2 MiB in base64 and what is around it.
const maxLine = 4 << 20

var output = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.Stdout)}

func say(what any) {
	output.Lock()
	defer output.Unlock()
	if output.Encode(what) != nil {
		os.Exit(1) // nobody listens any more
	}
}

func main() {
	listen := flag.String("listen", "/ip4/127.0.0.1/tcp/0", "multiaddrs to listen on, separated by commas")
	security := flag.String("security", "noise", "noise, tls, or both in order of preference")
	mdns := flag.Bool("mdns", false, "find peers by mDNS")
	flag.Parse()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	peer, err := startPeer(ctx, strings.Split(*listen, ","), strings.Split(*security, ","), *mdns)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	say(map[string]any{"event": "ready", "peer": peer.host.ID().String(), "addresses": peer.addresses()})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		go peer.answer(ctx, append([]byte(nil), lines.Bytes()...))
	}
	// Whoever started this has ended, so this ends, too.
}
