// Verifies deliveries of every dialect, at the path of its name:
// PORT=9000 STANDARD_SECRET=whsec_... go run .
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

const bodyBytesMax = 2 << 20

type check func(header http.Header, body []byte, secret string) bool

var checks = map[string]check{
	"standard": isStandard,
	"diddo":    isStandard,
	"calypso": func(header http.Header, body []byte, secret string) bool {
		return isCalypsoGenuine(header.Get("Sign"), body, secret)
	},
	"chip": func(header http.Header, body []byte, publicKey string) bool {
		return isChipGenuine(header.Get("X-Signature"), body, publicKey)
	},
	"spritz": func(header http.Header, body []byte, secret string) bool {
		return isSpritzGenuine(header.Get("Signature"), body, secret)
	},
}

func isStandard(header http.Header, body []byte, secret string) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	return isStandardGenuine(id, timestamp, header.Get("webhook-signature"), body, secret)
}

func receive(w http.ResponseWriter, r *http.Request) {
	dialect := r.URL.Path[1:]
	isGenuine, secret := checks[dialect], os.Getenv(strings.ToUpper(dialect)+"_SECRET")
	if isGenuine == nil || secret == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	// The raw bytes: json.Unmarshal comes after the verification.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	if err != nil || !isGenuine(r.Header, body, secret) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fmt.Println("received", dialect, string(body))
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	panic(http.Serve(listener, http.HandlerFunc(receive)))
}
