import type { Scheme } from './scheme.ts';

export function go(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// id, timestamp, signature: the headers webhook-id, webhook-timestamp, ${scheme.header}.
// body: the bytes as they came, before any parser.
func isGenuine(id, timestamp, signature string, body []byte, secret string) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, entry := range strings.Fields(signature) {
		if hmac.Equal([]byte(expected), []byte(entry)) {
			return true
		}
	}
	return false
}
`;
    case 'hmac': {
      const [name, make] = scheme.hash === 'sha256' ? ['sha256', 'sha256.New'] : ['sha512', 'sha512.New'];
      return `package main

import (
	"crypto/hmac"
	"crypto/${name}"
	"encoding/hex"
)

// signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
func isGenuine(signature string, body []byte, secret string) bool {
	mac := hmac.New(${make}, []byte(secret))
	mac.Write(body)
	given, err := hex.DecodeString(signature)
	return err == nil && hmac.Equal(mac.Sum(nil), given)
}
`;
    }
    default:
      return `package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
)

// signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
// publicKey: the public key of the endpoint, in PEM.
func isGenuine(signature string, body []byte, publicKey string) bool {
	block, _ := pem.Decode([]byte(publicKey))
	if block == nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, isRsa := parsed.(*rsa.PublicKey)
	given, decodeErr := base64.StdEncoding.DecodeString(signature)
	if err != nil || !isRsa || decodeErr != nil {
		return false
	}
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], given) == nil
}
`;
  }
}
