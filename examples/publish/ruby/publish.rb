# Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... ruby publish.rb 17
require "json"
require "net/http"

order = Integer(ARGV.fetch(0))
event = {
  # An id of your own. After a timeout, 429 or 5xx, send the same again: it is published once.
  id: "order-#{order}-paid",
  type: "payment.succeeded",
  payload: { order: order, amount: "12.50", currency: "EUR" },
  # Deliveries with the same key keep their order.
  orderingKey: "order-#{order}",
}
uri = URI("#{ENV.fetch("CARILLON_URL")}/admin/v1/tenants/acme/events")
headers = { "authorization" => "Bearer #{ENV.fetch("CARILLON_KEY")}", "content-type" => "application/json" }
response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https", read_timeout: 10) do |http|
  http.post(uri.path, JSON.generate(event), headers)
end
# 202: the event and its deliveries are on disk.
raise "#{response.code} #{response.body}" unless response.code == "202"

puts response.body
