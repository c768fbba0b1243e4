import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... java Publish.java 17 */
class Publish {
    public static void main(String[] args) throws IOException, InterruptedException {
        int order = Integer.parseInt(args[0]);
        // id: your own. After a timeout, 429 or 5xx, send the same again: it is published once.
        // orderingKey: deliveries with the same key keep their order.
        String event = """
                {
                  "id": "order-%1$d-paid",
                  "type": "payment.succeeded",
                  "payload": { "order": %1$d, "amount": "12.50", "currency": "EUR" },
                  "orderingKey": "order-%1$d"
                }
                """.formatted(order);
        HttpRequest request = HttpRequest.newBuilder()
                .uri(URI.create(System.getenv("CARILLON_URL") + "/admin/v1/tenants/acme/events"))
                .header("authorization", "Bearer " + System.getenv("CARILLON_KEY"))
                .header("content-type", "application/json")
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString(event))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        // 202: the event and its deliveries are on disk.
        if (answer.statusCode() != 202) throw new IOException(answer.statusCode() + " " + answer.body());
        System.out.println(answer.body());
    }
}
