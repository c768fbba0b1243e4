// Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... go run publish.go 17
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

type payment struct {
	Order    int    `json:"order"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type event struct {
	// An id of your own. After a timeout, 429 or 5xx, send the same again: it is published once.
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Payload payment `json:"payload"`
	// Deliveries with the same key keep their order.
	OrderingKey string `json:"orderingKey"`
}

func publish(event event) (string, error) {
	body, err := json.Marshal(event)
	if err != nil {
		return "", err
	}
	url := os.Getenv("CARILLON_URL") + "/admin/v1/tenants/acme/events"
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("authorization", "Bearer "+os.Getenv("CARILLON_KEY"))
	request.Header.Set("content-type", "application/json")
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	// 202: the event and its deliveries are on disk.
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("%s %s", response.Status, answer)
	}
	return string(answer), err
}

func main() {
	order, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	name := fmt.Sprintf("order-%d", order)
	payload := payment{Order: order, Amount: "12.50", Currency: "EUR"}
	answer, err := publish(event{ID: name + "-paid", Type: "payment.succeeded", Payload: payload, OrderingKey: name})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
}
