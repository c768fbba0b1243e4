package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// isSpritzGenuine reports whether body was signed with the secret, by the dialect spritz. signature
// is the header Signature ("" when missing); body is the bytes as they came, before any parser;
// secret is the secret that you set, with its prefix.
func isSpritzGenuine(signature string, body []byte, secret string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	given, err := hex.DecodeString(signature)
	return err == nil && hmac.Equal(mac.Sum(nil), given)
}
