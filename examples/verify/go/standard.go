package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

// isStandardGenuine reports whether body was signed with the secret in the last five minutes, by
// Standard Webhooks: the dialects standard and diddo. id, timestamp and signature are the headers
// webhook-id, webhook-timestamp and webhook-signature ("" when missing); body is the bytes as they
// came, before any parser.
func isStandardGenuine(id, timestamp, signature string, body []byte, secret string) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > tolerance {
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
	// During a rotation there is a signature for each valid secret.
	for _, given := range strings.Split(signature, " ") {
		if hmac.Equal([]byte(expected), []byte(given)) {
			return true
		}
	}
	return false
}
