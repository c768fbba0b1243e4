package main

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
)

// isCalypsoGenuine reports whether body was signed with the secret, by the dialect calypso.
// signature is the header Sign ("" when missing); body is the bytes as they came, before any
// parser; secret is the secretKey of the subscription.
func isCalypsoGenuine(signature string, body []byte, secret string) bool {
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write(body)
	given, err := hex.DecodeString(signature)
	return err == nil && hmac.Equal(mac.Sum(nil), given)
}
