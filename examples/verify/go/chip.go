package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
)

// isChipGenuine reports whether body was signed for the webhook with this public_key (PEM), by the
// dialect chip. signature is the header X-Signature ("" when missing); body is the bytes as they
// came, before any parser.
func isChipGenuine(signature string, body []byte, publicKey string) bool {
	block, _ := pem.Decode([]byte(publicKey))
	if block == nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, isRSA := parsed.(*rsa.PublicKey)
	given, decodeErr := base64.StdEncoding.DecodeString(signature)
	if err != nil || !isRSA || decodeErr != nil {
		return false
	}
	sum := sha256.Sum256(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], given) == nil
}
